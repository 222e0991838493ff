#!/bin/bash
# usage: start.sh BUILD
#
# Prints the time from exec to attached: the example hello, and the same inspector from C source. Run it as root, on a
# quiet machine, after `cmake --build BUILD --target bench`.
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
XDG_CACHE_HOME=$cache unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$build/test/bench_start" "$build/examples/hello" \
    "$build/bpf/packet.bpf.o" bpf/packet.bpf.c -Ibpf/include -Iinclude
