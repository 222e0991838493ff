#!/bin/bash
# HTTP/2 of real programs, live at tc: each request in the servers' logs is one event. A replay of the same packets gives the same.
set -eu
cd "$(dirname "$0")/../.."
build=$1
PATH=$PATH:/usr/sbin:/sbin
server=192.0.2.1 client=192.0.2.2
web=ebpfi-h2-$$-web user=ebpfi-h2-$$-user
tmp=$(mktemp -d)
started=() made=()

skip() { echo "SKIP: $1"; exit 77; }
fail() { echo "FAIL: $*"; tail -n 20 "$tmp"/events "$tmp"/*.err || :; exit 1; }

stop() {
    kill "$1" 2>/dev/null || :
    wait "$1" 2>/dev/null || :
}

# shellcheck disable=SC2317 # called by trap
cleanup() {
    local pid name
    for pid in ${started[@]+"${started[@]}"}; do stop "$pid"; done
    for name in ${made[@]+"${made[@]}"}; do ip netns delete "$name" || :; done
    rm -rf "$tmp"
}

until_true() {
    local pid=$1 end=$((SECONDS + 10))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}

in_user() { ip netns exec "$user" "$@"; }

listens() { ip netns exec "$web" ss -Hltn "sport = :$1" | grep -q .; }

make_namespaces() {
    local name
    for name in "$web" "$user"; do
        ip netns add "$name" && made+=("$name")
    done
    ip -n "$web" link add eth0 type veth peer name eth0 netns "$user"
    ip -n "$web" link set lo up
    ip -n "$web" address add "$server/24" dev eth0 && ip -n "$web" link set eth0 up
    ip -n "$user" address add "$client/24" dev eth0 && ip -n "$user" link set eth0 up
}

start() {
    local out=$1
    shift
    # Empties the file here: the child does so only when it runs, and until then the old text would count.
    : >"$tmp/$out" 2>"$tmp/$out.err"
    ip netns exec "$web" "$@" >"$tmp/$out" 2>"$tmp/$out.err" &
    started+=($!)
}

start_nginx() {
    mkdir "$tmp/nginx" "$tmp/www"
    echo hello >"$tmp/www/index.html"
    head -c 1000000 /dev/urandom >"$tmp/www/big"
    chmod -R a+rX "$tmp"
    cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 512; }
http {
    log_format short '\$request_method \$request_uri \$status \$body_bytes_sent \$server_protocol';
    access_log access.log short;
    client_max_body_size 10m;
    keepalive_requests 100000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen $server:80 http2;
        root $tmp/www;
    }
}
CONF
    start nginx.out nginx -p "$tmp/nginx" -c nginx.conf -e error.log
    until_true "${started[-1]}" listens 80 || fail "nginx does not start"
}

start_watcher() {
    start events "$build/examples/http" -i eth0 --requests "$@"
    watcher=${started[-1]}
    until_true "$watcher" grep -q listening "$tmp/events.err" || fail "http does not start"
}

# Events come within milliseconds. Stops the watcher once all expected events were seen, or after ten seconds.
stop_watcher() {
    until_true "$watcher" sh -c "[ \$(grep -c 'HTTP/2\" .* ms' '$tmp/events') -ge $1 ]" || :
    stop "$watcher"
    grep -q ' 0 lost$' "$tmp/events.err" || fail "records were lost: $(tail -n 1 "$tmp/events.err")"
}

# Prints method, path, status and body size of each response, in the format of nginx's log.
transactions() { sed -nE 's/.* "([A-Z]+) ([^ ]+) (HTTP\/2)" [^ ]+ ([0-9]+) ([0-9]+) [0-9.]+ ms.*/\1 \2 \4 \5 \3.0/p' "$1" | sort; }
requests() { sed -nE 's/.* "([A-Z]+) ([^ ]+) HTTP\/2" [^ ]+ request$/\1 \2/p' "$1" | sort; }

agrees_with_nginx() {
    local events=$1
    sort "$tmp/nginx/access.log" >"$tmp/logged"
    transactions "$events" | diff - "$tmp/logged" >"$tmp/diff.err" || fail "$events differs from nginx's log"
    cut -d ' ' -f 1,2 "$tmp/logged" | sort | diff <(requests "$events") - >"$tmp/diff.err" || fail "requests of $events differ from nginx's log"
    ! grep -E 'HTTP/2".* \[' "$events" || fail "there are anomalies"
}

# One URL per curl: 7.88 cannot reuse a connection without TLS.
get() { in_user curl -sS --http2-prior-knowledge -o "$tmp/got" "$@"; }

traffic() {
    local url=http://$server n
    get -A tester "$url/index.html"
    get "$url/big"
    get "$url/none?x=1"
    get -u me:secret "$url/index.html?secure"
    get -I "$url/big"
    for n in {1..20}; do get "$url/index.html?$n"; done
    ! type -P nghttp >/dev/null || in_user nghttp -n "$url/big" "$url/index.html" "$url/big?2"
}

agrees_with_what_nginx_logged() {
    tcpdump_too=''
    if type -P tcpdump >/dev/null; then
        start tcpdump.out tcpdump -Z root -U --immediate-mode -B 65536 -i eth0 -w "$tmp/traffic.pcap"
        tcpdump_too=${started[-1]}
        until_true "$tcpdump_too" grep -q listening "$tmp/tcpdump.out.err" || fail "tcpdump does not start"
    fi
    start_watcher
    traffic
    stop_watcher "$(wc -l <"$tmp/nginx/access.log")"
    agrees_with_nginx "$tmp/events"
    ! grep -q secret "$tmp/events" || fail "a secret is in the events"
    [ -z "$tcpdump_too" ] || replay_agrees
}

replay_agrees() {
    stop "$tcpdump_too"
    grep -q '^0 packets dropped' "$tmp/tcpdump.out.err" || { echo "SKIP: tcpdump lost packets"; return; }
    "$build/examples/http" -r "$tmp/traffic.pcap" --requests >"$tmp/replayed" 2>"$tmp/replayed.err"
    agrees_with_nginx "$tmp/replayed"
}

packets_sent() { ip netns exec "$web" cat /sys/class/net/eth0/statistics/tx_packets; }

# Segments of some 90 bytes cut frames and their headers anywhere.
survives_small_segments() {
    local before
    before=$(packets_sent)
    : >"$tmp/nginx/access.log"
    ip -n "$web" link set eth0 mtu 142 gso_max_segs 1
    ip -n "$user" link set eth0 mtu 142 gso_max_segs 1
    start_watcher
    traffic
    stop_watcher "$(wc -l <"$tmp/nginx/access.log")"
    agrees_with_nginx "$tmp/events"
    [ $(($(packets_sent) - before)) -gt 10000 ] || fail "the segments were not small"
    ip -n "$web" link set eth0 mtu 1500 gso_max_segs 65535
    ip -n "$user" link set eth0 mtu 1500 gso_max_segs 65535
}

# The ring has room for all that comes, however long the watcher is held up.
survives_load() {
    type -P h2load >/dev/null || { echo "SKIP: h2load is missing"; return; }
    : >"$tmp/nginx/access.log"
    start_watcher -B 131072
    in_user h2load -n 20000 -c 20 -m 20 "http://$server/index.html" >"$tmp/h2load.err" || fail "h2load"
    stop_watcher 20000
    agrees_with_nginx "$tmp/events"
}

reads_trailers_and_uploads() {
    type -P nghttpd >/dev/null || { echo "SKIP: nghttpd is missing"; return; }
    start nghttpd.out nghttpd --no-tls -d "$tmp/www" --trailer 'grpc-status: 7' 8080
    until_true "${started[-1]}" listens 8080 || fail "nghttpd does not start"
    start_watcher --json
    get --data-binary "@$tmp/www/big" "http://$server:8080/index.html"
    until_true "$watcher" grep -q '"http.response.status_code":200' "$tmp/events" || fail "there is no response"
    stop "$watcher"
    grep '"network.protocol.version":"2".*"http.response.status_code":200,"http.request.body.size":1000000,' "$tmp/events" |
        grep -q '"rpc.grpc.status_code":7' || fail "the body's size or the status in the trailers is not there"
}

# nghttpx answers "Upgrade: h2c" and speaks HTTP/2 from then on.
follows_upgrades() {
    type -P nghttpx >/dev/null || { echo "SKIP: nghttpx is missing"; return; }
    # shellcheck disable=SC2016 # the variables are its own
    start nghttpx.out nghttpx -f "$server,8081;no-tls" -b "$server,80;;proto=h2" --accesslog-file="$tmp/nghttpx.log" \
        --accesslog-format='$request $status' --conf=/dev/null --workers=1
    until_true "${started[-1]}" listens 8081 || fail "nghttpx does not start"
    start_watcher --port 8081
    in_user curl -sS --http2 -o /dev/null "http://$server:8081/index.html?up" "http://$server:8081/big" -o /dev/null
    until_true "$watcher" grep -q 'GET /big HTTP/2" .* 200 1000000' "$tmp/events" || fail "the second request is not there"
    stop "$watcher"
    grep -q '"GET /index.html?up HTTP/1.1" .* request$' "$tmp/events" || fail "the upgrading request is not there"
    [ "$(grep -c '?up HTTP/1.1" .* 101 0' "$tmp/events")" = 1 ] || fail "the 101 is not there once"
    [ "$(grep -c '"GET /index.html?up HTTP/1.1" .* 200 6 ' "$tmp/events")" = 1 ] || fail "its response is not there once"
    ! grep '\[' "$tmp/events" || fail "there are anomalies"
}

[ "$(id -u)" = 0 ] || skip "it needs root"
(((0x$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status) >> 39 & 1) == 1)) || skip "CAP_BPF is missing"
for tool in nginx curl ip ss; do type -P $tool >/dev/null || skip "$tool is missing"; done
nginx -V 2>&1 | grep -q http_v2_module || skip "this nginx has no HTTP/2"
curl --version | grep -q HTTP2 || skip "this curl has no HTTP/2"
trap cleanup EXIT
make_namespaces || skip "network namespaces cannot be made here"
start_nginx
agrees_with_what_nginx_logged
survives_small_segments
survives_load
reads_trailers_and_uploads
follows_upgrades
