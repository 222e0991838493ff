#!/bin/bash
# Each bad input to `packets`: one clear sentence on standard error, an exit status that is not 0, nothing attached.
set -eu
cd "$(dirname "$0")/../.."
packets=$1/examples/packets
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=0

fail() { echo "FAIL: $*"; failures=$((failures + 1)); }

# refused STATUS WORDS COMMAND...: COMMAND exits with STATUS and prints one line, which contains WORDS. Its progress and summary do not count.
refused() {
    local expected=$1 words=$2 status=0
    shift 2
    "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
    grep -v '^packets: [1-9][0-9]* packets seen, \|^packets: listening on ' "$tmp/err" >"$tmp/said" || :
    [ "$status" = "$expected" ] || fail "$*: exit $status, not $expected"
    [ "$(wc -l <"$tmp/said")" = 1 ] || fail "$*: $(wc -l <"$tmp/said") lines: $(cat "$tmp/said")"
    grep -q -e "$words" "$tmp/said" || fail "$*: says \"$(cat "$tmp/said")\", not \"$words\""
}

# argp reports wrong options, and names the help.
bad_option() {
    local words=$1 status=0
    shift
    "$packets" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
    [ "$status" = 2 ] || fail "$*: exit $status, not 2"
    grep -q -e "$words" "$tmp/err" || fail "$*: says \"$(cat "$tmp/err")\", not \"$words\""
    [ "$(wc -l <"$tmp/err")" -le 2 ] || fail "$*: more than two lines"
}

bytes() { printf '%b' "$1"; }

# pcap, little-endian, microseconds, 65535 bytes, link type $1, then one packet per record.
header() { bytes "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\\x$(printf %02x "$1")\0\0\0"; }
record() { bytes '\x01\0\0\0\x02\0\0\0\x22\0\0\0\x22\0\0\0\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\x45\0\0\x14\0\x01\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02'; }

bad_captures() {
    local size whole
    echo 'This is a text.' >"$tmp/text"
    : >"$tmp/empty"
    { header 1; record; record; record; } >"$tmp/whole"
    { header 147; record; } >"$tmp/unknown"
    refused 1 'not a capture' "$packets" -r "$tmp/text"
    refused 1 'not a capture' "$packets" -r "$tmp/empty"
    refused 1 "$tmp" "$packets" -r "$tmp"
    refused 1 'No such file' "$packets" -r "$tmp/missing"
    refused 1 'link type' "$packets" -r "$tmp/unknown"
    refused 1 'not a capture' bash -c "cat '$tmp/text' | '$packets' -r -"
    whole=$(stat -c %s "$tmp/whole")
    for ((size = 1; size < whole; size++)); do
        head -c "$size" "$tmp/whole" >"$tmp/cut"
        # Cut at the end of a record, the file is a whole capture with fewer packets.
        [ $(((size - 24) % 50)) != 0 ] || continue
        refused 1 'cut\|not a capture' "$packets" -r "$tmp/cut" --count
        [ "$size" -lt 24 ] || [ "$(cat "$tmp/out")" = $(((size - 24) / 50)) ] ||
            fail "cut at $size: $(cat "$tmp/out") packets before the cut"
    done
    [ "$("$packets" -r "$tmp/whole" --count 2>/dev/null)" = 3 ] || fail "three packets are not three"
}

bad_options() {
    local many
    bad_option 'name interfaces'
    bad_option 'use one of them' -i lo -r "$tmp/whole"
    bad_option '-r reads a file, and --hook' --hook xdp -r "$tmp/whole"
    bad_option 'not a number' -c many -r "$tmp/whole"
    bad_option 'not a number' -s 65536 -r "$tmp/whole"
    bad_option 'no hook' --hook nowhere -i lo
    mapfile -t many < <(printf -- '-iif%d\n' {1..65})
    bad_option 'at most 64' "${many[@]}"
    # Arguments after the options are a filter, as with tcpdump. A wrong one ends with status 1.
    refused 1 'filter "extra" cannot be used' "$packets" -r "$tmp/whole" extra
    bad_option 'unrecognized\|invalid' --no-such-option
}

no_rights() {
    local hook
    cp "$packets" "$1/lib/libebpfinspect.so.0" "$tmp"
    chmod 755 "$tmp"
    for hook in xdp tc tc-egress; do
        refused 1 'CAP_BPF and CAP_NET_ADMIN' as_nobody "$tmp/packets" -i lo --hook "$hook"
    done
    refused 1 'CAP_BPF and CAP_NET_RAW' as_nobody "$tmp/packets" -i lo
}

as_nobody() { LD_LIBRARY_PATH=$tmp setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"; }

bad_interfaces() {
    local hook
    for hook in xdp tc tc-egress socket; do
        refused 1 'no interface named nowhere0' "$packets" -i nowhere0 --hook "$hook"
        # Attaches to the first, fails at the second, and detaches from the first.
        refused 1 'no interface named nowhere0' "$packets" -i veth0 -i nowhere0 --hook "$hook"
        [ "$(attached)" = "$before" ] || fail "$hook: something stays attached: $(attached)"
    done
    # Longer names are alternative names ("ip link property add"), up to 127 characters.
    refused 1 'no interface named' "$packets" -i a-name-that-is-longer-than-15
    refused 1 'cannot be an interface' "$packets" -i "$(printf '%0128d' 0)"
}

# Lists new programs on veth0. The clsact qdisc of a kernel without tcx may stay.
attached() {
    ip -d link show veth0 | grep -o 'prog/xdp.*' || :
    tc filter show dev veth0 ingress 2>/dev/null || :
    tc filter show dev veth0 egress 2>/dev/null || :
    [ ! -r /proc/net/packet ] || sed 1d /proc/net/packet
}

if [ "${2-}" = live ]; then
    ip link add veth0 type veth peer name veth1
    ip link set veth0 up
    before=$(attached)
    bad_interfaces
    no_rights "$1"
else
    bad_captures
    bad_options
    if unshare -n true 2>/dev/null; then
        unshare -n "$0" "$1" live || failures=$((failures + 1))
    else
        echo "SKIP: no network namespace can be made here (no root): interfaces and rights are not tested"
    fi
fi
[ "$failures" = 0 ]
