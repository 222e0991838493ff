#!/bin/bash
# usage: record.sh [web | iperf3 | dns | ssh]...
#
# Records the golden captures (all of them, or those) anew, as root, from real programs in two network namespaces: nginx and curl,
# iperf3, dnsmasq and dig, sshd and ssh (cmake/deps.sh record). Then write what the inspectors say of them, and look at every
# difference before it is committed: test/script/golden.sh BUILD --write

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
    rm -f "$tmp/tcpdump" # the one before has said so, too
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

chmod 755 "$tmp"

record_web() {
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
    ip netns exec "$one" nginx -e "$tmp/error.log" -c "$tmp/nginx.conf" &
    pids+=($!)
    until_true in_other curl -s http://192.0.2.1/
    record "$PWD/http/web.pcap" curl -s http://192.0.2.1/ http://192.0.2.1/nothing --next -s -d name=value http://192.0.2.1/echo \
        --next -sI 'http://[2001:db8::1]/'
    cp http/web.pcap packet/web.pcap
}

record_iperf3() {
    ip netns exec "$one" iperf3 -s >/dev/null &
    pids+=($!)
    until_true in_other iperf3 -c 192.0.2.1 -n 1K
    record "$PWD/packet/iperf3.pcap" iperf3 -c 192.0.2.1 -n 20K -l 1K
    record "$PWD/packet/iperf3-udp.pcap" iperf3 -c 192.0.2.1 -u -n 8K -l 1K
}

# Names that exist nowhere else (RFC 6761). Answers over UDP and TCP, by IPv4 and IPv6, a name that is not there, one that is too long
# for a datagram.
record_dns() {
    local long
    long=$(printf 'x%.0s' {1..200})
    ip netns exec "$one" dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --pid-file --bind-interfaces \
        --listen-address=192.0.2.1,2001:db8::1 --local=/test/ --host-record=www.test,192.0.2.80,2001:db8::80 \
        --cname=web.test,www.test --mx-host=test,mail.test,10 --txt-record="text.test,$long,$long,$long" 2>"$tmp/dnsmasq" &
    pids+=($!)
    until_true in_other dig @192.0.2.1 www.test
    record "$PWD/packet/dns.pcap" sh -c 'dig @192.0.2.1 www.test web.test A test MX nothing.test text.test TXT
        dig @2001:db8::1 www.test AAAA www.test AAAA +tcp'
}

# The directory in which sshd gives up its rights is made by its service, which is not started here.
record_ssh() {
    local made=false
    ssh-keygen -q -t ed25519 -N '' -f "$tmp/host"
    ssh-keygen -q -t ed25519 -N '' -f "$tmp/user"
    cat >"$tmp/sshd.conf" <<EOF
ListenAddress 192.0.2.1
HostKey $tmp/host
AuthorizedKeysFile $tmp/user.pub
StrictModes no
PermitRootLogin yes
UsePAM no
PidFile none
EOF
    [ -d /run/sshd ] || { mkdir /run/sshd && made=true; }
    ip netns exec "$one" "$(type -P sshd)" -D -e -f "$tmp/sshd.conf" 2>"$tmp/sshd" &
    pids+=($!)
    local options=(-F none -i "$tmp/user" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null)
    until_true in_other ssh "${options[@]}" root@192.0.2.1 true
    record "$PWD/packet/ssh.pcap" ssh -q "${options[@]}" root@192.0.2.1 echo hello
    ! $made || rmdir /run/sshd
}

[ $# -gt 0 ] || set -- web iperf3 dns ssh
for name; do "record_$name"; done
