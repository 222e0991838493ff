#!/bin/bash
# usage: replay.sh [BUILD [MEGABYTES]]
#
# Compares the cost of a replay with tcpdump on the same file (a corpus capture repeated to MEGABYTES (500) in a temporary
# directory), and the kernel backend with a plain loop. Best of five each. Run it on an idle machine: other load makes the
# figures worthless.

set -eu
cd "$(dirname "$0")/../.."

build=${1:-build}
megabytes=${2:-500}
corpus=${EBPFI_CORPUS:-/dev/null}
capture=$corpus/pcap/tls/smtp-starttls.pcap # Ethernet, 235 bytes per packet
[ -f "$capture" ] || { echo "SKIP: $capture is not there: set EBPFI_CORPUS"; exit 77; }
type -P tcpdump >/dev/null || { echo "SKIP: tcpdump is missing"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A pcap file is one header and any number of packets.
repeat() {
    local size round=$tmp/round next=$tmp/next
    head -c 24 "$capture" >"$tmp/big.pcap"
    tail -c +25 "$capture" >"$round"
    while size=$(stat -c %s "$round") && [ "$size" -lt $((megabytes * 500000)) ]; do
        cat "$round" "$round" >"$next"
        mv "$next" "$round"
    done
    cat "$round" >>"$tmp/big.pcap"
    rm "$round"
}

# The shortest of five runs, in seconds. The first run fills the page cache.
best() {
    local TIMEFORMAT=%R _
    for _ in 1 2 3 4 5; do { time "$@" >/dev/null 2>&1; } 2>&1; done | sort -n | head -n 1
}

compare() {
    local what=$1 goal=$2 ours=$3 theirs=$4
    awk -v what="$what" -v goal="$goal" -v ours="$ours" -v theirs="$theirs" -v n="$packets" \
        'BEGIN { printf "%s: %.2f M packets/s, tcpdump %.2f, ratio %.2f (goal %s)\n", what, n / ours / 1e6, n / theirs / 1e6, theirs / ours, goal }'
}

cmake --build "$build" --target bench >/dev/null
repeat
packets=$("$build/examples/packets" -r "$tmp/big.pcap" --count 2>/dev/null)
echo "$(stat -c %s "$tmp/big.pcap") bytes, $packets packets"
compare count 0.70 "$(best "$build/examples/packets" -r "$tmp/big.pcap" --count)" "$(best tcpdump -r "$tmp/big.pcap" --count)"
packets=$((packets < 500000 ? packets : 500000))
compare text 3.00 "$(best "$build/examples/packets" -r "$tmp/big.pcap" -c $packets)" "$(best tcpdump -nr "$tmp/big.pcap" -c $packets)"
[ "$(id -u)" != 0 ] || "$build/test/bench_replay_kernel" "$tmp/big.pcap"
