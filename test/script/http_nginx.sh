#!/bin/bash
# usage: http_nginx.sh BUILD [SECONDS [SEED]]
#
# Sends odd request streams to nginx: each request that nginx executes is told, with the same method and target, in the same order. One round
# of a fixed seed; with SECONDS, as many rounds as fit in, each of another seed.
set -eu
PATH=$PATH:/usr/sbin:/sbin
build=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
until=$((SECONDS + ${2:-0}))
seed=${3:-16}
helper=$here/http_nginx.py cases=$here/../unit/http_leniency.txt
tmp='' nginx='' tcpdump='' streams=3000

skip() { echo "SKIP: $1"; exit 77; }
fail() { echo "FAIL: $*"; tail -n 5 "$tmp/error.log" || :; exit 1; }
stop() { [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null; } || :; }

# shellcheck disable=SC2317 # called by trap
cleanup() {
    stop "$tcpdump"
    stop "$nginx"
    rm -rf "$tmp"
}

# until_true PID COMMAND...: waits until COMMAND succeeds, at most 20 s, and only while the process lives.
until_true() {
    local pid=$1 end=$((SECONDS + 20))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

start_nginx() {
    cat >"$tmp/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log error.log crit;
events { worker_connections 256; }
http {
    log_format ours '\$remote_addr\t\$status\t\$request_method\t\$request_uri\t\$after';
    access_log access.log ours;
    keepalive_requests 1000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    # When nginx logs, it has forgotten whether the connection goes on.
    server { listen 127.0.0.1:8000; location / { set \$after \$sent_http_connection; return 200 "ok\n"; } }
}
CONF
    nginx -p "$tmp" -c nginx.conf -e error.log &
    nginx=$!
    until_true $nginx test -s "$tmp/nginx.pid"
}

# The last request is in the capture, so all before it are.
stop_capture() {
    until_true "$tcpdump" grep -q the-end "$tmp/pcap" || fail "tcpdump did not see the last request"
    until_true "$nginx" grep -q the-end "$tmp/access.log" || fail "nginx did not log the last request"
    stop "$tcpdump"
    tcpdump=''
    grep -q '^0 packets dropped' "$tmp/tcpdump" || fail "tcpdump dropped packets"
}

round() {
    : >"$tmp/access.log"
    tcpdump -i lo -U -s 0 -B 65536 -w "$tmp/pcap" tcp port 8000 2>"$tmp/tcpdump" &
    tcpdump=$!
    until_true $tcpdump grep -q 'listening on' "$tmp/tcpdump" || fail "tcpdump does not start: $(cat "$tmp/tcpdump")"
    python3 "$helper" talk "$cases" "$seed" $streams "$tmp/sent" || fail "the streams were not sent"
    stop_capture
    "$build/examples/http" -r "$tmp/pcap" --json --requests >"$tmp/out" 2>"$tmp/err" || fail "http ends with status $?"
    python3 "$helper" compare "$tmp/access.log" "$tmp/sent" "$seed" <"$tmp/out" || fail "nginx and http differ: SEED $seed"
}

[ "$(id -u)" = 0 ] || skip "a capture needs root"
for tool in nginx tcpdump ip unshare python3; do
    type -P $tool >/dev/null || skip "$tool is missing"
done
# The rest runs in a network namespace that ends with it.
if [ "${EBPFI_IN_NAMESPACE:-}" != yes ]; then
    unshare --net true 2>/dev/null || skip "network namespaces cannot be made here"
    EBPFI_IN_NAMESPACE=yes exec unshare --net bash "$0" "$@"
fi
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
tmp=$(mktemp -d)
ip link set lo up
start_nginx || fail "nginx does not start"
round
while [ $SECONDS -lt "$until" ]; do
    seed=$((seed + 1))
    round
done
