#!/bin/bash
# usage: demo.sh [--build DIR] [--record FILE]
#
# Shows the packets of a real web request as `packets` sees them through XDP, tc and a socket filter: nginx in one network
# namespace, curl in another, a veth pair between. Removes everything at its end. If this machine does not allow that,
# it replays examples/demo.pcap, the same traffic.
#   --build DIR    use this build; install and build nothing
#   --record FILE  only write the traffic to FILE with tcpdump; this made examples/demo.pcap

set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

# Addresses reserved for documentation (RFC 5737).
server=192.0.2.1 client=192.0.2.2
web=ebpfi-demo-$$-web user=ebpfi-demo-$$-user
build='' record='' tmp='' nginx='' watcher='' incomplete='' made=()

say() { printf '\n# %s\n' "$*"; }
in_web() { ip netns exec "$web" "$@"; }
in_user() { ip netns exec "$user" "$@"; }

stop() { [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null; } || :; }

# shellcheck disable=SC2317 # called by trap
cleanup() {
    local name
    trap '' INT TERM HUP
    stop "$watcher"
    stop "$nginx"
    # Deleting either namespace deletes the veth pair.
    for name in ${made[@]+"${made[@]}"}; do ip netns delete "$name" || :; done
    [ -z "$tmp" ] || rm -rf "$tmp"
}

# until_true PID COMMAND...: waits until COMMAND succeeds, at most ten seconds and while the process lives.
until_true() {
    local pid=$1 end=$((SECONDS + 10))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}

replay_instead() {
    say "The live part does not work here: ${1%.}. This is a replay of the same traffic, which needs no rights."
    say "packets -r examples/demo.pcap"
    "$build/examples/packets" -r examples/demo.pcap
    exit
}

# The error message of a failed command, without its name and its advice.
words_of() { sed -n '/./{s/^[a-z]*: //;p;q}' "$1"; }

make_namespaces() {
    local name
    for name in "$web" "$user"; do
        ip netns add "$name" || return
        made+=("$name")
        ip netns exec "$name" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null || :
    done
    ip -n "$web" link add eth0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns "$user" &&
        ip -n "$web" address add "$server/24" dev eth0 && ip -n "$web" link set eth0 up &&
        ip -n "$user" address add "$client/24" dev eth0 && ip -n "$user" link set eth0 up
}

# Starts a private server. Its configuration, logs, pid file and page are below $tmp; it ends with this script.
start_nginx() {
    mkdir "$tmp/nginx"
    cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
    access_log access.log;
    server_tokens off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server { listen $server:80; location / { return 200 "Hello from nginx\n"; } }
}
CONF
    ip netns exec "$web" nginx -p "$tmp/nginx" -c nginx.conf -e error.log &
    nginx=$!
    until_true "$nginx" test -s "$tmp/nginx/nginx.pid"
}

# start_watcher COMMAND...: starts it in the server's namespace and waits until it listens.
start_watcher() {
    # Truncate here: until the child runs, the file has the output of the previous one.
    : >"$tmp/out" 2>"$tmp/err"
    ip netns exec "$web" "$@" >"$tmp/out" 2>"$tmp/err" &
    watcher=$!
    until_true "$watcher" grep -q listening "$tmp/err"
}

request() { in_user curl -sS --max-time 5 "http://$server/"; }

# The client closes first: after its FIN only the ACK of the server's FIN arrives.
seen_all() { grep -qE "$client\.[0-9]+ > $server\.80: Flags \[[^]]*F" "$tmp/out"; }

show() {
    local hook=$1
    shift
    say "$*"
    say "packets -i eth0 --hook $hook"
    start_watcher "$build/examples/packets" -i eth0 --hook "$hook" || replay_instead "$(words_of "$tmp/err")"
    request >"$tmp/page"
    until_true "$watcher" seen_all || incomplete=yes
    stop "$watcher"
    watcher=''
    cat "$tmp/out" "$tmp/err"
    [ -z "$incomplete" ] || { say "The end of the request was not seen within ten seconds."; exit 1; }
}

record_traffic() {
    local file=$1
    type -P tcpdump >/dev/null || { echo "demo.sh: --record needs tcpdump" >&2; exit 1; }
    start_watcher tcpdump -Z root -U --immediate-mode -i eth0 -w "$tmp/out" || { cat "$tmp/err" >&2; exit 1; }
    request >/dev/null
    until_true "$watcher" sh -c "tcpdump -nr '$tmp/out' 'src $client and tcp[tcpflags] & tcp-fin != 0' 2>/dev/null | grep -q ."
    stop "$watcher"
    watcher=''
    cp "$tmp/out" "$file"
}

# The live part needs root. Use sudo only if it can run without a hidden password prompt.
become_root() {
    local sudo=(sudo)
    [ "$(id -u)" != 0 ] || return 0
    [ -t 0 ] || sudo=(sudo -n)
    { type -P sudo >/dev/null && "${sudo[@]}" true 2>/dev/null; } ||
        replay_instead "attaching to an interface needs root or CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW, and there is no sudo to get them"
    exec "${sudo[@]}" "$PWD/examples/demo.sh" --build "$build" ${record:+--record "$record"}
}

prepare() {
    cmake/deps.sh build || exit 1
    cmake/deps.sh demo || :
    build=$PWD/build
    say "Building into build/."
    [ -f build/CMakeCache.txt ] || cmake -S . -B build -G Ninja >/dev/null
    cmake --build build --target packets
}

while [ $# -gt 0 ]; do
    case $1,$# in
    --build,[2-9]) build=$(realpath "$2") && shift 2 ;;
    --record,[2-9]) record=$(realpath "$2") && shift 2 ;;
    *) sed -n '2,/^$/s/^# \{0,1\}//p' examples/demo.sh; exit 2 ;;
    esac
done
[ -n "$build" ] || prepare
become_root
for tool in nginx curl ip; do
    type -P $tool >/dev/null || replay_instead "$tool is missing"
done
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
tmp=$(mktemp -d)
make_namespaces 2>"$tmp/err" || replay_instead "network namespaces cannot be made here ($(words_of "$tmp/err"))"
start_nginx || replay_instead "nginx does not start ($(words_of "$tmp/nginx/error.log"))"
[ -z "$record" ] || { record_traffic "$record"; exit; }
say "nginx serves http://$server/ in one network namespace; curl asks from another, over a veth pair."
show xdp "XDP: the eBPF program runs before the kernel's network stack. It sees what arrives at the server."
show tc "tc: where the stack begins. It sees the same packets."
show socket "Socket filter: a packet socket, as tcpdump has. It sees what leaves, too."
say "curl got: $(cat "$tmp/page")"
say "Everything that this made is removed again. Next: sudo build/examples/packets -i YOUR_INTERFACE, and README.md."
