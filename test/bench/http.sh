#!/bin/bash
# usage: http.sh BUILD [MEGABYTES [TURNS]]
#
# The cost of `http`, as ratios within one run:
# - the program's time per request, and its share of nginx's time;
# - requests that nginx serves with and without `http` attached at tc in both directions, placed by the scheduler. For comparison: tcpdump,
#   httpry, and a plain libbpf program that reads each packet's first bytes (it wakes its host per record, or is polled every 2 ms);
# - the same with nginx alone on a CPU, and the program's time there;
# - `http -r`, httpry and tshark on a capture of MEGABYTES (500).
# Run by hand, as root, on an idle machine. Needs nginx, wrk, tcpdump, bpftool, httpry, tshark.
set -eu
PATH=$PATH:/usr/sbin:/sbin
build=$(realpath "$1") megabytes=${2:-500} turns=${3:-21}
server=192.0.2.1 client=192.0.2.2
web=ebpfi-bench-$$-web user=ebpfi-bench-$$-user
tmp='' nginx='' watcher='' made=() place=() stats=''

stop() { [ -z "$1" ] || { kill -INT "$1" 2>/dev/null && wait "$1" 2>/dev/null; } || :; }

# shellcheck disable=SC2317 # called by trap
cleanup() {
    local name
    stop "$watcher"
    [ -z "$stats" ] || sysctl -q "$stats"
    [ -z "$nginx" ] || { kill "$nginx" && wait "$nginx"; } || :
    for name in ${made[@]+"${made[@]}"}; do ip netns delete "$name" || :; done
    rm -rf "$tmp"
}

wait_for() {
    until "$@" >/dev/null 2>&1; do sleep 0.05; done
}

make_namespaces() {
    local name
    for name in "$web" "$user"; do
        ip netns add "$name"
        made+=("$name")
    done
    ip -n "$web" link add eth0 type veth peer name eth0 netns "$user"
    ip -n "$web" address add "$server/24" dev eth0
    ip -n "$user" address add "$client/24" dev eth0
    ip -n "$web" link set eth0 up
    ip -n "$user" link set eth0 up
}

start_nginx() {
    mkdir -p "$tmp/nginx/www"
    head -c 1000 /dev/zero | tr '\0' x >"$tmp/nginx/www/index.html"
    cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server { listen $server:80; root www; }
}
CONF
    ip netns exec "$web" nginx -p "$tmp/nginx" -c nginx.conf -e error.log &
    nginx=$!
    wait_for test -s "$tmp/nginx/nginx.pid"
}

# A request of 700 bytes, typical of browsers.
padding=$(head -c 560 /dev/zero | tr '\0' x)

# load SECONDS: prints requests per second.
load() {
    ip netns exec "$user" "${place[@]}" wrk -t 1 -c 100 -d "$1" -H 'Accept: application/json, text/plain, */*' \
        -H "Cookie: session=$padding" "http://$server/index.html" | awk '/^Requests\/sec/ { print int($2) }'
}

http_live=("$build/examples/http" -i eth0)
first_bytes=("$build/test/bench_first_bytes" "$build/test/bench/first_bytes.o" eth0)

# attach COMMAND...: starts it in nginx's namespace and waits until it is ready.
attach() {
    : >"$tmp/err"
    ip netns exec "$web" "${place[@]}" "$@" >/dev/null 2>"$tmp/err" &
    watcher=$!
    wait_for grep -qE 'listening|Starting capture' "$tmp/err"
}

detach() {
    stop "$watcher"
    watcher=''
}

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# CPU time of nginx in nanoseconds, including the kernel's work for its sockets.
cpu_of_nginx() { awk '{ print ($14 + $15) * 10000000 }' "/proc/$nginx/stat"; }

program_time() {
    local line ns before rate
    line=$(unshare -n sh -c "ip link set lo up; exec '$build/test/bench_http'")
    echo "$line"
    ns=$(sed -E 's/.* bytes ([0-9]+) ns, a segment.*/\1/' <<<"$line")
    before=$(cpu_of_nginx)
    rate=$(load 2)
    before=$((($(cpu_of_nginx) - before) / (rate * 2)))
    echo "nginx: $before ns of CPU a request; the program's part of a request is $(ratio "$ns" "$before") of that"
}

# rates WHERE COMMAND...: alternates runs with and without COMMAND and takes one ratio per pair, because a shared machine's speed
# changes every second. The difference includes COMMAND's work in user space on the same cores.
rates() {
    local i without with where=$1
    shift
    : >"$tmp/rates"
    for ((i = 0; i < turns; i++)); do
        without=$(load 1)
        attach "$@"
        with=$(load 1)
        detach
        echo "$without $with $(ratio "$with" "$without")" >>"$tmp/rates"
    done
    sed -nE 's/^(http|first_bytes): ([0-9].*)/  \2/p' "$tmp/err"
    echo "nginx $where: $(cut -d' ' -f1 "$tmp/rates" | median) requests/s without, $(cut -d' ' -f2 "$tmp/rates" | median) with ${*##*/}:" \
        "$(cut -d' ' -f3 "$tmp/rates" | median) (medians of $turns turns)"
}

# The alternatives that are installed.
beside() {
    if type -P "$1" >/dev/null; then
        rates "where the scheduler puts it" "$@"
    else
        echo "  $1 is left out: it is missing"
    fi
}

# nginx runs alone on the last CPU.
set_apart() {
    local last=$(($(nproc) - 1))
    [ "$last" -gt 0 ] || return
    taskset -cp "$last" "$nginx" >/dev/null
    place=(taskset -c "0-$((last - 1))")
}

# The program's time while nginx serves, from the kernel's statistics. It includes two clock reads, about 70 ns.
time_in_place() {
    type -P bpftool >/dev/null || { echo "  the time in place is left out: bpftool is missing"; return; }
    stats=$(sysctl kernel.bpf_stats_enabled | tr -d ' ')
    attach "${http_live[@]}"
    sysctl -q kernel.bpf_stats_enabled=1
    load 3 >/dev/null
    bpftool prog show | sed -nE 's/.* name (http_tc_[a-z]+) .* run_time_ns ([0-9]+) run_cnt ([0-9]+).*/\1 \2 \3/p' |
        awk '$3 { printf "  %s: %d ns a segment, of %d\n", $1, $2 / $3, $3 }'
    sysctl -q "$stats"
    stats=''
    detach
}

# Record all of it: tshark treats repeated packets as retransmissions.
make_capture() {
    ip netns exec "$web" tcpdump -Z root -i eth0 -B 65536 -w "$tmp/all.pcap" 2>"$tmp/tcpdump" &
    watcher=$!
    wait_for grep -q listening "$tmp/tcpdump"
    while [ "$(stat -c %s "$tmp/all.pcap")" -lt $((megabytes * 1000000)) ]; do load 1 >/dev/null; done
    detach
}

# seconds COMMAND...: wall-clock time.
seconds() {
    local TIMEFORMAT=%R
    { time "$@" >"$tmp/lines" 2>"$tmp/words"; } 2>&1
}

replays() {
    local ours httpry tshark
    make_capture
    ours=$(seconds "$build/examples/http" -r "$tmp/all.pcap")
    echo "http: $(stat -c %s "$tmp/all.pcap") bytes in $ours s, $(wc -l <"$tmp/lines") lines; $(tail -n 1 "$tmp/words")"
    if type -P httpry >/dev/null; then
        httpry=$(seconds httpry -r "$tmp/all.pcap")
        echo "httpry: $httpry s, $(wc -l <"$tmp/lines") lines: http is $(ratio "$httpry" "$ours") times as fast"
    fi
    if type -P tshark >/dev/null; then
        tshark=$(seconds tshark -r "$tmp/all.pcap" -Y http -T fields -e frame.time_epoch -e ip.src -e http.request.method \
            -e http.request.uri -e http.host -e http.user_agent -e http.response.code)
        echo "tshark: $tshark s, $(wc -l <"$tmp/lines") lines: http is $(ratio "$tshark" "$ours") times as fast"
    fi
}

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
tmp=$(mktemp -d)
make_namespaces
start_nginx
program_time
rates "where the scheduler puts it" "${http_live[@]}"
beside tcpdump -Z root -i eth0 -s 1024 -w /dev/null
beside httpry -i eth0
beside "${first_bytes[@]}"
beside "${first_bytes[@]}" 2
if set_apart; then
    rates "on a CPU of its own" "${http_live[@]}"
    rates "on a CPU of its own" "${first_bytes[@]}" 2
    time_in_place
fi
replays
