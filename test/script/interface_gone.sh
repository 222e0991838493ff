#!/bin/bash
# packets, http and runbpf end with exit status 1 and a reason when their interface is deleted, as tcpdump does.
set -eu
build=$1

skip() { echo "SKIP: $1"; exit 77; }
fail() { echo "FAIL: $*"; cat "$tmp"/out "$tmp"/err || :; exit 1; }

if [ -z "${IN_NAMESPACE-}" ]; then
    unshare -n true 2>/dev/null || skip "network namespaces cannot be made here: run as root"
    IN_NAMESPACE=1 exec unshare -n bash "$0" "$@"
fi

tmp=$(mktemp -d)
pid=''
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || :; rm -rf "$tmp"' EXIT

# ends PROGRAM ARG...: PROGRAM attaches to veth0, which is deleted once it listens.
ends() {
    local status=0 i
    ip link add veth0 type veth peer name veth1
    ip link set veth0 up
    : >"$tmp/err"
    timeout 60 "$build/examples/$1" "${@:2}" >"$tmp/out" 2>"$tmp/err" &
    pid=$!
    for ((i = 0; i < 1000; i++)); do
        ! grep -q 'listening on veth0' "$tmp/err" || break
        kill -0 $pid 2>/dev/null || fail "$* did not attach"
        sleep 0.02
    done
    ip link del veth0
    wait $pid || status=$?
    pid=''
    [ $status = 1 ] || fail "$*: exit status $status"
    grep -q "^$1: veth0: the interface is gone" "$tmp/err" || fail "$* did not say why it ended"
    echo "$1: ok"
}

ends packets -i veth0
ends packets -i lo -i veth0 --hook tc
ends http -i veth0
ends http -i veth0 --hook socket
ends runbpf -i veth0 --hook tc --program at_tc "$build/test/kernel/bpf/filter.o"
