#!/bin/bash
# usage: pcapng.sh BUILD
# tcpdump and tshark read the file of packets -w: every packet, with its interface, direction and comment.

set -eu

build=$1
here=$(dirname "$0")
corpus=${EBPFI_CORPUS:-/dev/null}
tmp=${3:-$(mktemp -d)}
[ "${2-}" = any ] || trap 'rm -rf "$tmp"' EXIT
failed=0

skip() { echo "SKIP: $1"; exit 77; }
bad() { echo "$1"; failed=1; }

for tool in tcpdump tshark; do
    type -P "$tool" >/dev/null || skip "$tool is missing; install the Debian package $tool"
done

# -i any with an IP tunnel beside Ethernet: one link type, so that tcpdump reads the file. It ends after two packets.
listen_on_any() {
    local pid i
    ip link set lo up
    ip address add 192.0.2.1/24 dev tun0
    ip link set tun0 up
    timeout 60 "$build/examples/packets" -i any -w "$tmp/any.pcapng" -c 2 'udp dst port 9' 2>"$tmp/errors" &
    pid=$!
    for ((i = 0; i < 500; i++)); do
        ! grep -q 'packets: listening' "$tmp/errors" || break
        sleep 0.01
    done
    echo ping >/dev/udp/127.0.0.1/9
    echo ping >/dev/udp/192.0.2.2/9
    wait $pid
}

if [ "${2-}" = any ]; then
    listen_on_any
    exit
fi
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

# tshark finds no error in the blocks of the last file.
tshark -r "$tmp/out.pcapng" -T fields -e frame.number >"$tmp/numbers" 2>"$tmp/errors" || bad "tshark: $(cat "$tmp/errors")"
[ -s "$tmp/numbers" ] || bad "tshark reads no packet of ${captures[-1]}"

# A file with the name of an interface and a direction. Its packet is only an Ethernet header with the type IPv4.
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

if ! unshare -n true 2>/dev/null || ! type -P python3 >/dev/null || [ ! -c /dev/net/tun ]; then
    echo "SKIP: -i any is not tested: it needs root, python3 and /dev/net/tun"
else
    # The device lives as long as its descriptor, which python's child inherits.
    unshare -n python3 -c '
import fcntl, os, struct, subprocess, sys
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"tun0", 0x1001))
sys.exit(subprocess.call(sys.argv[1:]))' bash "$0" "$build" any "$tmp" || bad "-i any: $(cat "$tmp/errors")"
    tcpdump -nr "$tmp/any.pcapng" >"$tmp/any" 2>"$tmp/errors" || bad "tcpdump cannot read the file of -i any: $(cat "$tmp/errors")"
    for address in 127.0.0.1 192.0.2.2; do
        grep -q "> $address\.9: UDP, length 5" "$tmp/any" || bad "tcpdump reads no packet to $address: $(cat "$tmp/any")"
    done
fi

exit "$failed"
