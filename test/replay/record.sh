#!/bin/bash
# usage: record.sh
#
# Records the golden captures anew, as root, from real programs in two network namespaces: nginx and curl, iperf3. Then
# write what the inspectors say of them, and look at every difference before it is committed: test/script/golden.sh BUILD --write

set -eu
cd "$(dirname "$0")"
PATH=$PATH:/usr/sbin:/sbin
one=ebpfi-record-$$-a other=ebpfi-record-$$-b
tmp=$(mktemp -d)
pids=()

# shellcheck disable=SC2317 # called by trap
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || :; done
    wait
    ip netns delete "$one" 2>/dev/null || :
    ip netns delete "$other" 2>/dev/null || :
    rm -rf "$tmp"
}
trap cleanup EXIT

in_other() { ip netns exec "$other" "$@"; }

# until_true COMMAND...: for ten seconds at most
until_true() {
    local end=$((SECONDS + 10))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "record.sh: in vain: $*"; exit 1; }
        sleep 0.05
    done
}

# What runs in the background is no function: the process to end has to be the program itself.
# record FILE COMMAND...: what COMMAND sends and gets in the second namespace
record() {
    local file=$1 tcpdump
    shift
    # Without offloads packets are as long as on a wire. tcpdump says when it listens, and at its end that all is written.
    ip netns exec "$other" tcpdump --immediate-mode -U -Z root -i veth-b -w "$file" "not icmp6" 2>"$tmp/tcpdump" &
    tcpdump=$!
    until_true grep -q listening "$tmp/tcpdump"
    in_other "$@" >/dev/null
    sleep 0.3 # the last acknowledgements; nothing is judged by it
    kill "$tcpdump"
    wait "$tcpdump" || :
}

ip netns add "$one"
ip netns add "$other"
ip link add veth-a netns "$one" type veth peer name veth-b netns "$other"
for end in "$one:veth-a:1" "$other:veth-b:2"; do
    IFS=: read -r space link number <<<"$end"
    ip -n "$space" addr add "192.0.2.$number/24" dev "$link"
    ip -n "$space" addr add "2001:db8::$number/64" dev "$link" nodad
    ip -n "$space" link set "$link" up
    ip -n "$space" link set lo up
    ip netns exec "$space" ethtool -K "$link" tso off gso off gro off tx off >/dev/null
done

mkdir "$tmp/www"
printf 'hello, world\n' >"$tmp/www/index.html"
cat >"$tmp/nginx.conf" <<EOF
daemon off;
pid $tmp/nginx.pid;
error_log $tmp/error.log;
events { }
http {
    access_log off;
    client_body_temp_path $tmp/body;
    server {
        listen 192.0.2.1:80;
        listen [2001:db8::1]:80;
        root $tmp/www;
        location /echo { return 201 "made\n"; }
    }
}
EOF
chmod 755 "$tmp"
ip netns exec "$one" nginx -e "$tmp/error.log" -c "$tmp/nginx.conf" &
pids+=($!)
ip netns exec "$one" iperf3 -s >/dev/null &
pids+=($!)
until_true in_other curl -s http://192.0.2.1/
until_true in_other iperf3 -c 192.0.2.1 -n 1K

record "$PWD/http/web.pcap" curl -s http://192.0.2.1/ http://192.0.2.1/nothing --next -s -d name=value http://192.0.2.1/echo --next -sI \
    'http://[2001:db8::1]/'
cp http/web.pcap packet/web.pcap
record "$PWD/packet/iperf3.pcap" iperf3 -c 192.0.2.1 -n 20K -l 1K
record "$PWD/packet/iperf3-udp.pcap" iperf3 -c 192.0.2.1 -u -n 8K -l 1K
