#!/bin/bash
# `http` beside real programs: nginx in one network namespace, its clients in another, segments as large as the kernel makes them.
# The events have exactly the requests in the server's log: method, target, status, bytes, by connection and number.
set -eu
PATH=$PATH:/usr/sbin:/sbin
build=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
helper=$here/http_live.py

# Addresses for documentation (RFC 5737).
server=192.0.2.1 client=192.0.2.2
web=ebpfi-live-$$-web user=ebpfi-live-$$-user
tmp='' nginx='' watcher='' proxy='' wrk='' made=() big=104857600

skip() { echo "SKIP: $1"; exit 77; }
fail() { echo "FAIL: $*"; tail -n 5 "$tmp"/err "$tmp"/nginx/error.log || :; exit 1; }
in_user() { ip netns exec "$user" "$@"; }
stop() { [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null; } || :; }

# shellcheck disable=SC2317 # called by trap
cleanup() {
    local name
    stop "$wrk"
    stop "$watcher"
    stop "$nginx"
    stop "$proxy"
    for name in ${made[@]+"${made[@]}"}; do ip netns delete "$name" || :; done
    rm -rf "$tmp"
}

# until_true PID COMMAND...: waits until COMMAND succeeds, at most $patience seconds, and only while the process lives.
patience=20
until_true() {
    local pid=$1 end=$((SECONDS + patience))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

make_namespaces() {
    local name
    for name in "$web" "$user"; do
        ip netns add "$name" || return
        made+=("$name")
        ip netns exec "$name" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null || :
    done
    ip -n "$web" link add eth0 type veth peer name eth0 netns "$user" &&
        ip -n "$web" address add "$server/24" dev eth0 && ip -n "$web" link set eth0 up && ip -n "$web" link set lo up &&
        ip -n "$user" address add "$client/24" dev eth0 && ip -n "$user" link set eth0 up
}

# The pages: a small one, one that compresses well, and 100 MB that only look like HTTP.
make_pages() {
    mkdir -p "$tmp/nginx/www/gzip" "$tmp/nginx/www/put"
    echo hello >"$tmp/nginx/www/index.html"
    seq 20000 >"$tmp/nginx/www/gzip/numbers.txt"
    { yes $'GET /inside HTTP/1.1\r\nHost: inside\r\n\r\nHTTP/1.1 200 OK\r\n\r' || :; } 2>/dev/null |
        head -c $big >"$tmp/nginx/www/big"
}

# Only the proxy reaches port 8080: its requests go through a tunnel and are not logged.
start_nginx() {
    cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
worker_rlimit_nofile 4096;
events { worker_connections 1024; }
http {
    log_format exact '\$connection \$connection_requests \$status \$body_bytes_sent \$request';
    access_log access.log exact;
    client_max_body_size 0;
    keepalive_requests 1000000;
    gzip_types text/plain;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen $server:80;
        root www;
        location /gzip/ { gzip on; }
        location /put/ { dav_methods PUT; }
        location /socket {
            proxy_pass http://127.0.0.1:9000;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
    server { listen 127.0.0.1:8080; access_log off; root www; }
}
CONF
    ip netns exec "$web" nginx -p "$tmp/nginx" -c nginx.conf -e error.log &
    nginx=$!
    until_true "$nginx" test -s "$tmp/nginx/nginx.pid"
}

start_proxy() {
    ip netns exec "$web" python3 "$helper" serve "$tmp/nginx/access.log" &
    proxy=$!
    until_true "$proxy" ip netns exec "$web" bash -c ': </dev/tcp/127.0.0.1/3128 && : </dev/tcp/127.0.0.1/9000'
}

# start_watcher ARGUMENT...: starts `http` on the server's interface, waits until it listens, and empties both logs.
start_watcher() {
    : >"$tmp/out" 2>"$tmp/err"
    : >"$tmp/nginx/access.log"
    ip netns exec "$web" "$build/examples/http" -i eth0 --json "$@" >"$tmp/out" 2>"$tmp/err" &
    watcher=$!
    until_true "$watcher" grep -q listening "$tmp/err" || fail "http does not start with $*"
}

as_many() { [ "$(grep -c "\"event.name\":\"http.$1\"" "$tmp/out")" -ge "$(wc -l <"$tmp/nginx/access.log")" ]; }

# The server logs a request when its last byte has left, and the watcher prints it within milliseconds. SIGINT then ends the watcher,
# which prints the ledger.
stop_watcher() {
    until_true "$watcher" as_many "$1" || echo "after $patience s: $(wc -l <"$tmp/nginx/access.log") logged, $(wc -l <"$tmp/out") events"
    kill -INT "$watcher"
    wait "$watcher" || fail "http ends with status $?"
    watcher=''
    cat "$tmp/err"
}

# curl must succeed: otherwise the test would compare two empty lists.
expect() {
    local wanted=$1 got
    shift
    got=$(in_user curl -sS --max-time 60 -o /dev/null -w '%{http_code} ' "$@") || fail "curl $* ends with status $?"
    [ "$got" = "$wanted" ] || fail "curl $* got $got, not $wanted"
}

one_by_one() {
    local at=http://$server
    rm -f "$tmp"/nginx/www/put/*
    expect '200 200 404 ' -o /dev/null "$at/" -o /dev/null "$at/index.html?a=b&c" "$at/nope"
    expect '200 ' -I "$at/big"
    expect '304 ' -H "If-Modified-Since: $(LC_ALL=C date -u -r "$tmp/nginx/www/index.html" '+%a, %d %b %Y %T GMT')" "$at/"
    expect '200 ' -0 "$at/"
    expect '200 200 ' -o /dev/null -H 'Accept-Encoding: gzip' "$at/gzip/numbers.txt" "$at/gzip/numbers.txt"
    expect '201 ' -H 'Expect: 100-continue' -T "$build/examples/http" "$at/put/expect"
    expect '201 204 ' -o /dev/null -H 'Transfer-Encoding: chunked' -T "$tmp/nginx/www/gzip/numbers.txt" "$at/put/chunked" \
        -T "$tmp/nginx/www/index.html" "$at/put/chunked"
    expect '200 ' "$at/big"
    expect '201 ' -T "$tmp/nginx/www/big" "$at/put/big"
    expect '200 200 ' -o /dev/null -p -x "http://$server:3128" http://127.0.0.1:8080/ http://127.0.0.1:8080/index.html
    in_user python3 "$helper" websocket $server || fail "the WebSocket did not work"
}

# with_size TARGET DIRECTION BYTES: the events have the number of bytes that curl moved, which the server does not log.
with_size() {
    grep "\"url.path\":\"$1\"" "$tmp/out" | grep -q "\"http.$2.body.size\":$3[,}]" || fail "$1: no $2 of $3 bytes"
}

sizes_agree() {
    with_size /put/big request $big
    with_size /big response $big
    with_size /put/expect request "$(stat -c %s "$build/examples/http")"
    with_size /put/chunked request "$(stat -c %s "$tmp/nginx/www/gzip/numbers.txt")"
    grep -q '"http.upgrade":"websocket"' "$tmp/out" || fail "no event of the Upgrade"
    ! grep -q inside "$tmp/out" || fail "bytes in a body or a tunnel were taken for messages"
}

compare() { python3 "$helper" compare "$tmp/nginx/access.log" "$tmp/out" "$1" || fail "$2: the log and the events differ"; }

sees_each_request_once() {
    start_watcher --hook "$1" --requests
    one_by_one
    stop_watcher response
    grep -q ' 0 lost' "$tmp/err" || fail "$1 lost events"
    compare responses "$1"
    compare requests "$1"
    sizes_agree
}

all_logged() { [ "$(wc -l <"$tmp/nginx/access.log")" -ge "$1" ]; }

# keeps_up_with_wrk HOOK DEPTH BATCHES. At full speed the ring may overflow: then the ledger has the number of lost events.
keeps_up_with_wrk() {
    local hook=$1 count=$(($2 * $3)) seen delivered lost
    start_watcher --hook "$hook"
    ip netns exec "$user" wrk -t 1 -c 100 -d 60 -s "$here/http_live.lua" "http://$server/" -- "$2" "$3" >"$tmp/wrk" &
    wrk=$!
    until_true $wrk all_logged $count || fail "wrk did not make $count requests"
    kill -INT $wrk
    wait $wrk || fail "wrk ends with status $?"
    wrk=''
    grep 'requests in' "$tmp/wrk"
    patience=3 stop_watcher response # events without room in the ring do not come
    read -r seen delivered lost < <(sed -nE 's/^http: ([0-9]+) messages seen, ([0-9]+) delivered, ([0-9]+) lost.*/\1 \2 \3/p' "$tmp/err")
    all_logged $((count + 1)) && fail "more than $count requests were logged"
    [ "$seen" = $((2 * count)) ] || fail "$hook: $count requests were logged, and $seen messages seen"
    [ $((delivered + lost)) = "$seen" ] || fail "$hook: $delivered delivered, $lost lost, $seen seen"
    [ "$lost" != 0 ] || compare responses "$hook"
}

# The first response of each connection may lack its request: it may have been sent before the watcher started. At tc one direction is
# also attached before the other.
picks_up_what_is_under_way() {
    local connections=20 unpaired before
    : >"$tmp/nginx/access.log"
    ip netns exec "$user" wrk -t 1 -c $connections -d 60 "http://$server/" >"$tmp/wrk" &
    wrk=$!
    until_true $wrk all_logged 1000 || fail "wrk does not start"
    start_watcher --hook "$1"
    before=$(wc -l <"$tmp/nginx/access.log") # loading may have taken longer than thousands of requests
    until_true $wrk all_logged $((before + 10000)) || fail "wrk did not make 10000 requests more"
    stop "$wrk"
    wrk=''
    stop "$watcher"
    watcher=''
    unpaired=$(grep -c '"unpaired"' "$tmp/out" || :)
    [ "$(grep -c '"http.request.method":"GET"' "$tmp/out")" -ge 1000 ] || fail "$1: no requests of connections that were under way"
    [ "$unpaired" -le $connections ] || fail "$1: $unpaired responses without a request on $connections connections"
}

# A program at XDP turns GSO off on a veth pair, and sees only received packets.
xdp_sees_each_request_once() {
    start_watcher --hook xdp --requests
    one_by_one
    stop_watcher request
    compare requests xdp
}

[ "$(id -u)" = 0 ] || skip "attaching to an interface needs root"
for tool in nginx curl ip python3; do
    type -P $tool >/dev/null || skip "$tool is missing"
done
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
tmp=$(mktemp -d)
make_namespaces 2>"$tmp/err" || skip "network namespaces cannot be made here: $(head -n 1 "$tmp/err")"
make_pages
start_nginx || fail "nginx does not start"
start_proxy || fail "the proxy does not start"
for hook in tc socket; do
    echo "# $hook"
    sees_each_request_once $hook
    type -P wrk >/dev/null || { echo "SKIP: wrk is missing, nothing runs at full speed"; continue; }
    keeps_up_with_wrk $hook 1 30000
    keeps_up_with_wrk $hook 16 2000
    picks_up_what_is_under_way $hook
done
echo "# xdp"
xdp_sees_each_request_once
