#!/usr/bin/env bash
# Each example program prints its release. If it cannot write to standard output, it reports that and exits with 1, even if it would
# otherwise run for ever.
set -eu
examples=$1/examples failed=0
here=$(dirname "$0")
err=$(mktemp)
trap 'rm -f "$err"' EXIT

fail() { echo "FAIL: $*: $(cat "$err")"; failed=1; }

# refused COMMAND...: runs COMMAND, or after the word "live" the rest of it with packets on lo.
refused() {
    local status=0
    if [ "$1" = live ]; then
        unshare -n bash "$0" "$examples/.." "${@:2}" >/dev/full 2>"$err" || status=$?
    else
        "$@" >/dev/full 2>"$err" || status=$?
    fi
    [ $status = 1 ] || fail "$*: exit status $status"
    grep -q 'standard output: No space left on device\|cannot write to -: No space' "$err" || fail "$*: no reason"
    ! grep -q 'delivered' "$err" || fail "$*: a summary as if all were well"
}

# Sends packets until the program ends, without a fixed wait.
in_namespace() {
    local pid i status=0
    ip link set lo up
    "$@" &
    pid=$!
    for ((i = 0; i < 1000; i++)); do
        kill -0 $pid 2>/dev/null || break
        echo ping 2>/dev/null >/dev/udp/127.0.0.1/9 || :
        (: >/dev/tcp/127.0.0.1/9) 2>/dev/null || :
        sleep 0.01
    done
    kill $pid 2>/dev/null && { echo "$* goes on" >&2; exit 3; }
    wait $pid || status=$?
    exit $status
}

[ $# = 1 ] || { shift; in_namespace "$@"; }

demo=$here/../../examples/demo.pcap
for mode in '' --json --count '-w -'; do
    # shellcheck disable=SC2086 # some modes are two words
    refused "$examples/packets" -r "$demo" $mode
done
refused "$examples/http" -r "$demo"
refused "$examples/http" -r "$demo" --json
refused "$examples/http" -r "$demo" --top
refused "$examples/http" -r "$demo" --top --json
refused "$examples/doctor"
refused "$examples/doctor" --json

for program in packets http doctor; do
    "$examples/$program" --version | grep -qE "^$program \(libebpfinspect\) [0-9]+\.[0-9]+\.[0-9]+$" || fail "$program --version"
done

if unshare -n true 2>/dev/null; then
    refused live "$examples/hello" lo
    refused live "$examples/packets" -i lo
    refused live "$examples/event_loop" epoll lo
    refused live "$examples/custom" lo
    [ "$(unshare -n bash "$0" "$1" "$examples/packets" -i lo -i lo -c 3 2>&1 >/dev/null | grep -c listening)" = 1 ] ||
        fail "packets -i lo -i lo listens twice"
else
    echo "SKIP: network namespaces cannot be made here: live programs are not tested"
fi
exit $failed
