#!/bin/bash
# once
# packets -r prints the same lengths of ICMP, ICMPv6 and ARP as tcpdump -r: for padded, tagged and plain packets.
set -eu
build=$1
for tool in tcpdump python3; do
    type -P $tool >/dev/null || { echo "SKIP: $tool is missing"; exit 77; }
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

python3 - >"$tmp/made.pcap" <<'MADE'
import struct, sys
macs = b"\2\0\0\0\0\2\2\0\0\0\0\1"
arp = bytes.fromhex("0001080006040001020000000001" "0a000001" "000000000000" "0a000002")
def ip(proto, payload): return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, proto, 0, b"\n\0\0\1", b"\n\0\0\2") + payload
def ip6(payload): return struct.pack(">IHBB", 6 << 28, len(payload), 58, 64) + b"\xfd" + bytes(14) + b"\1" + b"\xfd" + bytes(14) + b"\2" + payload
frames = [b"\x08\x06" + arp, b"\x08\x06" + arp + bytes(18), b"\x81\0\0\7\x08\x06" + arp + bytes(14),
          b"\x08\0" + ip(1, struct.pack(">BBHHH", 8, 0, 0, 7, 1) + bytes(56)), b"\x08\0" + ip(1, struct.pack(">BBHHH", 0, 0, 0, 7, 1)) + bytes(18),
          b"\x86\xdd" + ip6(struct.pack(">BBHHH", 128, 0, 0, 7, 1) + bytes(40)), b"\x81\0\0\7\x86\xdd" + ip6(struct.pack(">BBHHH", 129, 0, 0, 7, 1))]
out = struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
for frame in frames:
    out += struct.pack("<IIII", 1, 0, len(frame) + 12, len(frame) + 12) + macs + frame
sys.stdout.buffer.write(out)
MADE

lengths() { grep -oE '(ICMP6?|ARP),? .*' | sed -E 's/^(ICMP6?|ARP),? .* (length [0-9]+).*/\1 \2/'; }

tcpdump -nr "$tmp/made.pcap" 2>/dev/null | lengths >"$tmp/theirs"
"$build/examples/packets" -r "$tmp/made.pcap" 2>/dev/null | lengths >"$tmp/ours"
[ "$(wc -l <"$tmp/theirs")" = 7 ] || { echo "FAIL: tcpdump shows other packets: $(cat "$tmp/theirs")"; exit 1; }
diff "$tmp/theirs" "$tmp/ours"
