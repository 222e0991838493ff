"""Durations of one row of `http --top --json` beside those of nginx and wrk for the same requests.

usage: http_top.py LOG ROWS WRK PATH LEAST_MS

LOG has lines "REQUEST_TIME URI", ROWS is the output of http, WRK has a line "wrk COUNT P50 P95 P99" in microseconds.

Each request's duration lies between the other two, because its packets do: wrk takes the time before it writes and after it has read;
nginx takes it after it has read and before it writes the last bytes. So every quantile lies between theirs, too. nginx rounds both
times down to milliseconds: less than 1 ms. The histogram may be off by 1/64. wrk rounds down to microseconds, and adds slow samples
("coordinated omission"), which only raises its quantiles. LEAST_MS is what the server waits in each response.
"""
import json
import sys

log, rows, wrk, path, least_ms = sys.argv[1:]
template = path + "/{id}"
times = sorted(float(line.split()[0]) * 1e3 for line in open(log) if line.split()[1].startswith(path + "/"))
row = next(r for r in map(json.loads, open(rows)) if r.get("url.template") == template)
count, *theirs = next(list(map(int, line.split()[1:])) for line in open(wrk) if line.startswith("wrk "))

failed = row["http.request.count"] != count or row["http.duration_ns.count"] != count or len(times) != count
print(f"{path}: wrk {count} requests, nginx {len(times)}, http --top {row['http.request.count']}")
for quantile, upper_us in zip((50, 95, 99), theirs):
    lower_ms = times[-(-len(times) * quantile // 100) - 1]
    ours_ms = row[f"http.duration_ns.p{quantile}"] / 1e6
    low = max(lower_ms - 1, float(least_ms)) * (1 - 1 / 64)
    high = (upper_us + 1) / 1e3 * (1 + 1 / 64)
    good = low <= ours_ms <= high
    failed |= not good
    print(f"{path}: p{quantile}: nginx {lower_ms:.0f} ms, http --top {ours_ms:.3f} ms, wrk {upper_us / 1e3:.3f} ms"
          + ("" if good else f": FAIL: not from {low:.3f} to {high:.3f} ms"))
sys.exit(failed)
