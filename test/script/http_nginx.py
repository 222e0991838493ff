"""Helper of http_nginx.sh: sends request streams that are odd on purpose, and compares nginx's log with what `http` tells."""
import collections
import concurrent.futures
import json
import random
import re
import socket
import sys

PIECES = [b"\r\n", b"\n", b"\r", b" ", b"  ", b"\t", b"\0", b"\x0b", b";", b",", b":", b": ", b"\"", b"%2e", b"%", b"../", b"//",
          b"0", b"5", b"05", b"+5", b"0x5", b"ffffffff", b" HTTP/1.1", b" HTTP/1.0", b" HTTP/1.2", b" HTTP/1.10", b"http/1.1",
          b"HTTP/2.0", b"Host: a\r\n", b"Host: b\r\n", b"Content-Length: 5\r\n", b"Content-Length: 05\r\n",
          b"Content-Length : 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n",
          b"Transfer-Encoding:\tchunked\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"hello",
          b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n", b"\r\n\r\n", b"GET /y HTTP/1.1\r\nHost: a\r\n\r\n", b"GET ", b"HEAD ",
          b"POST ", b"http://b", b"\xc3\xa4", b"\xff", b"_", b"-", b"X: y\r\n", b" z\r\n"]
PLAIN = b"GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"
SERVER = 8000
ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}


def unescape(text):
    return re.sub(rb"\\(x..|.)", lambda m: ESCAPES.get(m[1]) or bytes([int(m[1][1:], 16)]), text)


def inputs_of(path):
    """The inputs of test/unit/http_leniency.txt."""
    with open(path, "rb") as cases:
        return [unescape(line[9:-1]) for line in cases if line.startswith(b"  input: ")]


def mutated(rng, message):
    at, piece = rng.randint(0, len(message)), rng.choice(PIECES)
    kind = rng.randrange(4)
    if kind == 0:
        return message[:at] + piece + message[at:]
    if kind == 1:
        return message[:at] + piece + message[at + len(piece):]
    if kind == 2:
        return message[:at] + message[at + rng.randint(1, 4):]
    return message[:at] + bytes([rng.randrange(256)]) + message[at + 1:]


def streams(rng, cases, count):
    """Each case as it is, then mutations of one to three of them. A plain request ends each, to show where the last message ended."""
    yield from (case + PLAIN for case in cases[:count])
    for _ in range(count - len(cases)):
        stream = b"".join(rng.choice(cases) for _ in range(rng.randint(1, 3)))
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            stream = mutated(rng, stream)
        yield stream + PLAIN


def address_of(number):
    """Each stream has a loopback address of its own: ports come again."""
    return f"127.1.{number >> 8}.{number & 255}"


def send(number, stream):
    """The server closes when it has read the end."""
    with socket.create_connection(("127.0.0.1", SERVER), source_address=(address_of(number), 0)) as connection:
        connection.settimeout(10)
        try:
            connection.sendall(stream)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except OSError:
            pass  # reset: the server refused


def talk(cases, seed, count, out):
    """Writes a line for each stream. The last request tells that the capture is complete."""
    all_streams = list(streams(random.Random(int(seed)), inputs_of(cases), int(count)))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(len(all_streams)), all_streams))
    with open(out, "w", encoding="ascii") as lines:
        lines.writelines(stream.hex() + "\n" for stream in all_streams)
    send(len(all_streams), b"GET /the-end HTTP/1.0\r\n\r\n")


def logged(path):
    """By the client's address: status, method, target, whether the connection goes on."""
    connections = collections.defaultdict(list)
    for line in open(path, "rb"):
        client, status, method, target, after = line.rstrip(b"\n").split(b"\t")
        connections[client.decode()].append((int(status), unescape(method), unescape(target), after == b"keep-alive"))
    return connections


def text_of(event, name):
    return event.get(name, "").encode("latin-1" if name in event.get("ebpfi.latin1", ()) else "utf-8", "replace")


def target_of(event):
    query = b"?" + text_of(event, "url.query") if "url.query" in event else b""
    return (text_of(event, "url.path") or b"/") + query  # RFC 9110 4.2.3


def told(lines):
    """By the client's address: method, target, marks, whether it broke. Later events about a request add to it."""
    connections = collections.defaultdict(list)
    numbers = {}
    for line in lines:
        event = json.loads(line)
        is_request = event["source.port"] != SERVER
        client = event["source.address" if is_request else "destination.address"]
        key = (client, event["http.connection.id"], event.get("http.request.number"))
        marks = [mark for mark in event.get("http.anomalies", ()) if mark != "unpaired"]
        broken = event["event.name"] == "http.broken"
        if key[2] and key in numbers:
            numbers[key]["marks"] += marks
            numbers[key]["broken"] |= broken
        elif is_request and event["event.name"] in ("http.request", "http.broken"):
            numbers[key] = {"method": text_of(event, "http.request.method"), "target": target_of(event), "marks": marks, "broken": broken}
            connections[client].append(numbers[key])
    return connections


def difference(executed, requests):
    """Executed requests must be told in order; after a mark the two may read on differently, and after a broken one not at all."""
    goes_on = True
    for i, (status, method, target, goes_on) in enumerate(executed):
        if status >= 400:
            return None
        if i >= len(requests):
            return f"{method} {target} is not told"
        one = requests[i]
        same = one["method"] == method and (one["target"] == target or one["target"].endswith(target) or one["marks"])
        if not same and not one["marks"]:
            return f"{method} {target} is told as {one['method']} {one['target']}"
        if not same and i == 0:
            return f"{method} {target}, the first, is told as {one['method']} {one['target']} {one['marks']}"
        if one["broken"] or not same:
            return None
    extra = requests[len(executed):]
    if goes_on and extra and not extra[0]["marks"]:
        return f"{extra[0]['method']} {extra[0]['target']} is told, and nginx has none"
    return None


def compare(log, sent, seed):
    executed, requests = logged(log), told(sys.stdin)
    count = bad = 0
    for number, stream in enumerate(open(sent, encoding="ascii")):
        client = address_of(number)
        wrong = difference(executed[client], requests[client])
        count += sum(status < 400 for status, *_ in executed[client])
        if wrong:
            bad += 1
            print(f"{wrong}\n  sent: {bytes.fromhex(stream)!r}\n  nginx: {executed[client]}\n  told: {requests[client]}")
    print(f"seed {seed}: {count} requests executed, {bad} streams differ")
    if bad or not count:
        sys.exit(1)


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    {"talk": talk, "compare": compare}[command](*rest)
