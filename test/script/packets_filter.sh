#!/bin/bash
# packets -r FILE EXPRESSION counts the packets that tcpdump -r FILE EXPRESSION shows.
set -eu
build=$1 failed=0
corpus=${EBPFI_CORPUS:-/dev/null}/pcap
type -P tcpdump >/dev/null || { echo "SKIP: tcpdump is missing"; exit 77; }
[ -d "$corpus" ] || { echo "SKIP: EBPFI_CORPUS leads to no captures"; exit 77; }

# Some captures are of BSD loopback, where IPv6 has other numbers than in Linux.
for capture in "$corpus"/{http,dns,tunnels}/*.pcap; do
    for expression in 'tcp port 80 and greater 200' 'udp or icmp' 'vlan and tcp' 'tcp[13] & 2 != 0' 'ip and arp'; do
        # Ignores tcpdump's message about a truncated capture; the packets before must be the same.
        theirs=$(tcpdump -nr "$capture" --count "$expression" 2>&1) || true
        case $theirs in *'rejects all'*) theirs='0 packets' ;; esac
        theirs=$(sed -n 's/ packets\{0,1\}$//p' <<<"$theirs")
        [ -n "$theirs" ] || continue
        ours=$("$build/examples/packets" -r "$capture" --count "$expression" 2>/dev/null) || true
        [ "$ours" = "$theirs" ] || { echo "FAIL: $capture, \"$expression\": tcpdump $theirs, packets $ours"; failed=1; }
    done
done
exit $failed
