#!/bin/bash
# runbpf with the founding article's example, with records and maps, on a machine without headers; and the host of examples/custom,
# built by its own Makefile against an installed copy. All in namespaces that end with this script.
set -eu
cd "$(dirname "$0")/../.."
build=$1

skip() { echo "SKIP: $1"; exit 77; }
fail() { echo "FAIL: $*"; tail -n 20 "$tmp"/out "$tmp"/err || :; exit 1; }

if [ -z "${IN_NAMESPACES-}" ]; then
    unshare -nm true 2>/dev/null || skip "network and mount namespaces cannot be made here: run as root"
    type -P clang >/dev/null || skip "clang is missing"
    IN_NAMESPACES=1 exec unshare -nm bash "$0" "$@"
fi

tmp=$(mktemp -d)
trap 'stop; rm -rf "$tmp"' EXIT
export XDG_CACHE_HOME=$tmp/cache
pid=''

stop() {
    [ -z "$pid" ] || { kill -INT "$pid" 2>/dev/null || :; }
    [ -z "$pid" ] || { wait "$pid" && status=0 || status=$?; }
    pid=''
}

# eventually COMMAND...: repeats COMMAND until it succeeds or the time is over.
eventually() {
    local i
    for ((i = 0; i < 1000; i++)); do
        ! "$@" || return 0
        sleep 0.02
    done
    return 1
}

start() {
    : >"$tmp/out"
    : >"$tmp/err"
    # env restores the signal's default: a background process of a shell ignores INT.
    env --default-signal=INT "$@" >"$tmp/out" 2>"$tmp/err" &
    pid=$!
}

runs() {
    start "$build/examples/runbpf" "$@"
    eventually grep -q 'listening on' "$tmp/err" || fail "runbpf $* did not attach"
}

# The port is closed: a SYN goes in, a RST comes back, and the shell reports it.
knock() { (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null || :; }

knock_until() {
    knock "$1"
    grep -qE "$2" "$tmp/out"
}

ends_well() {
    stop
    [ "$status" = 0 ] || fail "$1: exit status $status after an interrupt"
}

prints_a_line_for_each_ipv4_packet() {
    runs examples/article/ipv4.c -i lo --trace
    eventually knock_until 9 '^IPv4 packet: 127\.0\.0\.1 > 127\.0\.0\.1, protocol 6$' || fail "no line for a packet"
    ends_well "the article's example"
}

shows_records() {
    runs examples/custom/custom.bpf.c -i lo
    # Addresses and the port in network byte order.
    eventually knock_until 10 '^connections: 7f 00 00 01 7f 00 00 01 .. .. 00 0a$' || fail "no record"
    ends_well "records"
    runs "$build/bpf/custom.bpf.o" -i lo --json
    eventually knock_until 11 '^{"map":"connections","record":"7f0000017f000001....000b"}$' || fail "no record in JSON"
    ends_well "records of an object file"
}

# Loopback delivers packets before send() returns, so every sent packet is counted.
shows_a_map_at_the_end() {
    runs examples/article/count.c -i lo --dump packets
    knock 9
    knock 9
    ends_well "the map"
    [ "$(cat "$tmp/out")" = '6: 4' ] || fail "two connections refused are four packets"
    runs examples/article/count.c -i lo --dump packets --json
    knock 9
    ends_well "the map in JSON"
    [ "$(tr -d ' \n' <"$tmp/out")" = '[{"key":6,"value":2}]' ] || fail "one connection refused is two packets"
    runs examples/article/count.c -i lo --dump nothing
    stop
    [ "$status" = 1 ] || fail "a map that is not there: exit status $status"
    grep -q 'no map nothing' "$tmp/err" || fail "no word about the map that is not there"
}

# The interface has no programs left when runbpf has ended.
stops_by_itself_and_leaves_nothing() {
    "$build/examples/runbpf" examples/article/ipv4.c -i lo -t 1 >"$tmp/out" 2>"$tmp/err" || fail "-t: exit status $?"
    ! ip link show lo | grep -q xdp || fail "the program is still attached"
}

tells_errors() {
    local status=0
    printf '#include <ebpfinspect/bpf.h>\n\nint wrong = missing;\n' >"$tmp/wrong.c"
    "$build/examples/runbpf" "$tmp/wrong.c" -i lo >"$tmp/out" 2>"$tmp/err" || status=$?
    [ $status = 1 ] || fail "a source with an error: exit status $status"
    grep -qF "$tmp/wrong.c:3:13: use of undeclared identifier 'missing'" "$tmp/err" || fail "the error lacks its place"
    status=0
    "$build/examples/runbpf" >"$tmp/out" 2>"$tmp/err" || status=$?
    [ $status = 2 ] || fail "no arguments: exit status $status"
    status=0
    "$build/examples/runbpf" examples/article/ipv4.c -i lo --hook nowhere >"$tmp/out" 2>"$tmp/err" || status=$?
    [ $status = 2 ] || fail "a hook that is not there: exit status $status"
    status=0
    "$build/examples/runbpf" examples/article/ipv4.c -i nowhere0 >"$tmp/out" 2>"$tmp/err" || status=$?
    [ $status = 1 ] || fail "an interface that is not there: exit status $status"
}

# fails STATUS WORDS ARGUMENT...: runbpf ends with STATUS and prints WORDS.
fails() {
    local status=0
    timeout 60 "$build/examples/runbpf" "${@:3}" >"$tmp/out" 2>"$tmp/err" || status=$?
    [ $status = "$1" ] || fail "${*:3}: exit status $status"
    grep -qF -e "$2" "$tmp/err" || fail "${*:3}: the message lacks $2"
}

speaks_the_users_words() {
    printf 'int wrong = missing;\n' >"$tmp/my-probe.bpf.c"
    fails 1 'cannot compile my-probe: ' "$tmp/my-probe.bpf.c" -i lo
    printf '#include "mine.h"\n#include <ebpfinspect/bpf.h>\nSEC("xdp") int p(struct xdp_md *c) { return VALUE + MORE; }\n' >"$tmp/mine.c"
    fails 1 "name its directory with the flag -I" "$tmp/mine.c" -i lo
    ! grep -q opts "$tmp/err" || fail "a command line has no opts"
    fails 1 "there is no compiler nowhere-clang" "$tmp/mine.c" -i lo --clang nowhere-clang
    mkdir "$tmp/include"
    echo '#define VALUE 1' >"$tmp/include/mine.h"
    runs "$tmp/mine.c" -i lo -I "$tmp/include" -DMORE=1
    ends_well "-I and -D"
    runs "$tmp/mine.c" -i lo "-I$tmp/include" --define MORE=1 -mcpu=v2 --mode skb --prog-name p
    ends_well "long options, and clang's own spelling of -mcpu"
    fails 1 "unknown target CPU 'nothing'" "$tmp/mine.c" -i lo "-I$tmp/include" -D MORE=1 -m nothing
    fails 2 'there is no mode "hw"' "$tmp/mine.c" -i lo --mode hw
}

# The content decides: an object may have any name, and any other file is C.
knows_an_object_by_its_first_bytes() {
    cp "$build/bpf/custom.bpf.o" "$tmp/object"
    runs "$tmp/object" -i lo
    eventually knock_until 13 '^connections: 7f 00 00 01 7f 00 00 01 .. .. 00 0d$' || fail "no record of an object without suffix"
    ends_well "an object without suffix"
    echo 'int wrong = missing;' >"$tmp/text.o"
    fails 1 "text.o:1:13: use of undeclared identifier 'missing'" "$tmp/text.o" -i lo
}

makes_vmlinux_h() {
    [ -e /sys/kernel/btf/vmlinux ] || { echo "SKIP: the kernel has no BTF; vmlinux.h is not tried"; return; }
    printf '#include "vmlinux.h"\n#include <bpf/bpf_helpers.h>\nSEC("xdp") int p(struct xdp_md *c) { return XDP_PASS; }\n' >"$tmp/types.c"
    runs "$tmp/types.c" -i lo
    ends_well "a source with vmlinux.h"
}

tells_the_version_and_a_full_disk() {
    local status=0
    "$build/examples/runbpf" --version | grep -qE '^runbpf \(libebpfinspect\) [0-9]+\.[0-9]+\.[0-9]+$' || fail "--version"
    "$build/examples/runbpf" examples/article/count.c -i lo --dump packets --json -t 1 >/dev/full 2>"$tmp/err" || status=$?
    [ $status = 1 ] || fail "a full disk: exit status $status"
    grep -q 'standard output: No space left on device' "$tmp/err" || fail "no word about the full disk"
}

# The same with only an installed copy.
builds_the_custom_host_by_its_makefile() {
    local tool
    for tool in make pkg-config cc; do
        type -P $tool >/dev/null || { echo "SKIP: $tool is missing; the Makefile of examples/custom is not tried"; return; }
    done
    cmake --install "$build" --prefix "$tmp/installed" >/dev/null || fail "cmake --install"
    cp -r "$(dirname "$(find "$tmp/installed" -name custom.bpf.c)")" "$tmp/mine"
    pc=$(dirname "$(find "$tmp/installed" -name ebpfinspect.pc)")
    lib=$(dirname "$(find "$tmp/installed" -name libebpfinspect.so.0)")
    if nm -D "$lib/libebpfinspect.so.0" | grep -q __asan_; then
        echo "SKIP: the library has sanitizers, which a program built by the plain Makefile does not load"
        return
    fi
    PATH=$PATH:/usr/sbin PKG_CONFIG_PATH=$pc make -C "$tmp/mine" >"$tmp/out" 2>"$tmp/err" || fail "make in examples/custom"
    start env LD_LIBRARY_PATH="$lib" "$tmp/mine/custom" lo 12
    eventually knock_until 12 '^127\.0\.0\.1:[0-9]+ > 127\.0\.0\.1:12$' || fail "custom shows no connection"
    ends_well "custom"
}

# From here on a machine with clang and without -dev packages.
hide_headers() {
    mount -t tmpfs none /usr/include
    mount -t tmpfs none /usr/local/include
    ! clang -target bpf -fsyntax-only -x c - <<<'#include <linux/bpf.h>' 2>/dev/null || fail "there are headers still"
    rm -rf "$XDG_CACHE_HOME"
}

ip link set lo up
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing || skip "tracefs cannot be mounted"
prints_a_line_for_each_ipv4_packet
shows_records
shows_a_map_at_the_end
stops_by_itself_and_leaves_nothing
tells_errors
speaks_the_users_words
knows_an_object_by_its_first_bytes
makes_vmlinux_h
tells_the_version_and_a_full_disk
builds_the_custom_host_by_its_makefile
hide_headers
prints_a_line_for_each_ipv4_packet
shows_records
