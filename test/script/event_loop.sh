#!/usr/bin/env bash
# A session nested in epoll, in libuv and in glib: each prints the requested number of packets and ends.
set -eu
program=$1/examples/event_loop

skip() { echo "SKIP: $1"; exit 77; }
unshare -n true 2>/dev/null || skip "network namespaces cannot be made here: run as root"

# Sends packets until the program has seen three and ends, without a fixed wait.
in_namespace() {
    ip link set lo up
    "$program" "$1" lo 3 >"$2" &
    local pid=$! i
    for ((i = 0; i < 500; i++)); do
        kill -0 $pid 2>/dev/null || break
        echo ping >/dev/udp/127.0.0.1/9 2>/dev/null || :
        sleep 0.01
    done
    kill $pid 2>/dev/null && { echo "event_loop $1 did not end by itself"; exit 1; }
    wait $pid
}

if [ "${2-}" ]; then
    in_namespace "$2" "$3"
    exit
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for loop in epoll libuv glib; do
    # A loop that is missing in this build is a usage error.
    status=0
    unshare -n bash "$0" "$1" $loop "$out" || status=$?
    if [ $status = 2 ]; then
        echo "SKIP: event_loop was built without $loop"
        continue
    fi
    [ $status = 0 ] || { echo "event_loop $loop: exit status $status"; exit 1; }
    [ "$(grep -c '127.0.0.1' "$out")" = 3 ] || { echo "event_loop $loop printed:"; cat "$out"; exit 1; }
    echo "$loop: ok"
done
