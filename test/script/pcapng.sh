#!/bin/bash
# usage: pcapng.sh BUILD
# What packets -w writes is read back by tcpdump and by tshark: every packet, with its interface, direction and comment.

set -eu

build=$1
here=$(dirname "$0")
corpus=${EBPFI_CORPUS:-/dev/null}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

skip() { echo "SKIP: $1"; exit 77; }
bad() { echo "$1"; failed=1; }

for tool in tcpdump tshark; do
    type -P "$tool" >/dev/null || skip "$tool is missing; install the Debian package $tool"
done
shopt -s nullglob
captures=("$here"/../replay/*/*.pcap "$here"/../../examples/*.pcap "$corpus"/pcap/{ipv4,tunnels,dns}/*.pcap "$corpus"/pcap/*/*.pcapng)

for capture in "${captures[@]}"; do
    "$build/examples/packets" -r "$capture" -w "$tmp/out.pcapng" 2>"$tmp/errors" ||
        { bad "$capture: $(cat "$tmp/errors")"; continue; }
    tcpdump -ttnn -x -r "$capture" >"$tmp/theirs" 2>/dev/null || :
    tcpdump -ttnn -x -r "$tmp/out.pcapng" >"$tmp/ours" 2>/dev/null || :
    cmp -s "$tmp/theirs" "$tmp/ours" ||
        bad "$capture: tcpdump reads something else: $(diff "$tmp/theirs" "$tmp/ours" | head -n 5)"
done

# tshark finds nothing wrong with the blocks of the last.
tshark -r "$tmp/out.pcapng" -T fields -e frame.number >"$tmp/numbers" 2>"$tmp/errors" || bad "tshark: $(cat "$tmp/errors")"
[ -s "$tmp/numbers" ] || bad "tshark reads no packet of ${captures[-1]}"

# A file with an interface's name and a direction; its packet is an Ethernet header that says IPv4 and ends.
{
    printf '\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0'
    printf '\1\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\2\0\4\0veth\0\0\0\0\x20\0\0\0'
    printf '\6\0\0\0\x3c\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\x0e\0\0\0\x0e\0\0\0\0\0\0\0\0\2\0\0\0\0\0\1\x08\0\0\0'
    printf '\2\0\4\0\2\0\0\0\0\0\0\0\x3c\0\0\0'
} >"$tmp/in.pcapng"
"$build/examples/packets" -r "$tmp/in.pcapng" -w "$tmp/out.pcapng" 2>"$tmp/errors" || bad "$(cat "$tmp/errors")"
got=$(tshark -r "$tmp/out.pcapng" -T fields -e frame.interface_name -e frame.packet_flags_direction -e frame.comment 2>/dev/null)
want=$(printf 'veth\t0x00000002\tpacket: malformed')
[ "$got" = "$want" ] || bad "tshark reads '$got', not '$want'"

exit "$failed"
