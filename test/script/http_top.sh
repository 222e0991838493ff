#!/bin/bash
# `http --top` beside real programs: its figures lie between nginx's and wrk's, its live table is on a real terminal (tmux) and obeys its
# keys, and a large capture has a progress bar.
set -eu
PATH=$PATH:/usr/sbin:/sbin
build=$(realpath "$1")
here=$(realpath "$(dirname "$0")")

# Addresses for documentation (RFC 5737).
server=192.0.2.1 client=192.0.2.2
web=ebpfi-top-$$-web user=ebpfi-top-$$-user
tmp='' nginx='' watcher='' wrk='' made=() patience=20 terminals=0

skip() { echo "SKIP: $1"; exit 77; }
fail() { echo "FAIL: $*"; pane || :; tail -n 5 "$tmp"/err "$tmp"/nginx/error.log || :; exit 1; }
in_user() { ip netns exec "$user" "$@"; }
stop() { [ -z "$1" ] || { kill "$1" 2>/dev/null && wait "$1" 2>/dev/null; } || :; }
terminal() { tmux -S "$tmp/tmux.$terminals" -f /dev/null "$@"; }
pane() { terminal capture-pane -p 2>/dev/null; }
pane_has() { pane | grep -Eq "$1"; }

# shellcheck disable=SC2317 # called by trap
cleanup() {
    local name
    terminal kill-server 2>/dev/null || :
    stop "$wrk"
    stop "$watcher"
    stop "$nginx"
    for name in ${made[@]+"${made[@]}"}; do ip netns delete "$name" || :; done
    rm -rf "$tmp"
}

# until_true COMMAND...: waits until COMMAND succeeds, at most $patience seconds.
until_true() {
    local end=$((SECONDS + patience))
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

make_namespaces() {
    local name
    for name in "$web" "$user"; do
        ip netns add "$name" || return
        made+=("$name")
    done
    ip -n "$web" link add eth0 type veth peer name eth0 netns "$user" &&
        ip -n "$web" address add "$server/24" dev eth0 && ip -n "$web" link set eth0 up && ip -n "$web" link set lo up &&
        ip -n "$user" address add "$client/24" dev eth0 && ip -n "$user" link set eth0 up
}

# A slow response is sent in three pieces of at most 10 KB, and nginx waits for 100 ms after each of the first two.
start_nginx() {
    mkdir -p "$tmp/nginx/www"
    head -c 25000 /dev/zero >"$tmp/nginx/www/slow.bin"
    cat >"$tmp/nginx/nginx.conf" <<CONF
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
    log_format times '\$request_time \$request_uri';
    access_log access.log times;
    keepalive_requests 1000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    sendfile on;
    server {
        listen $server:80;
        root www;
        location /fast/ { return 200 fast; }
        location /failing { return 500; }
        location /silent { return 444; }
        location /slow/ {
            limit_rate 100k;
            sendfile_max_chunk 10k;
            rewrite ^/slow/(.*) /slow.bin?\$1 break;
        }
    }
}
CONF
    ip netns exec "$web" nginx -p "$tmp/nginx" -c nginx.conf -e error.log &
    nginx=$!
    until_true test -s "$tmp/nginx/nginx.pid"
}

start_watcher() {
    : >"$tmp/err"
    : >"$tmp/nginx/access.log"
    ip netns exec "$web" "$build/examples/http" -i eth0 --top "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
    watcher=$!
    until_true grep -q listening "$tmp/err" || fail "http does not start with --top $*"
}

stop_watcher() {
    kill -INT "$watcher"
    wait "$watcher" || fail "http ends with status $?"
    watcher=''
}

logged() { [ "$(wc -l <"$tmp/nginx/access.log")" -ge "$1" ]; }

# run_wrk PATH COUNT
run_wrk() {
    local before
    before=$(wc -l <"$tmp/nginx/access.log")
    ip netns exec "$user" wrk -t 1 -c 8 -d 60 -s "$here/http_top.lua" "http://$server/" -- "$1" "$2" >"$tmp/wrk$1" &
    wrk=$!
    until_true logged $((before + $2)) || fail "wrk did not make $2 requests for $1"
    kill -INT $wrk
    wait $wrk || fail "wrk ends with status $?"
    wrk=''
}

figures_lie_between_those_of_nginx_and_wrk() {
    start_watcher --json
    run_wrk /fast 5000
    run_wrk /slow 80
    stop_watcher
    grep -q ' 0 lost' "$tmp/err" || fail "events were lost"
    python3 "$here/http_top.py" "$tmp/nginx/access.log" "$tmp/out" "$tmp/wrk/fast" /fast 0 || fail "fast requests"
    # nginx's timers count whole milliseconds: each of the two waits may be 1 ms shorter.
    python3 "$here/http_top.py" "$tmp/nginx/access.log" "$tmp/out" "$tmp/wrk/slow" /slow 198 || fail "slow requests"
}

# Three fast, one slow, two missing, one failing, one without a response, and one with a dot segment, which is an anomaly.
browse() {
    local path wanted got
    while read -r wanted path; do
        got=$(in_user curl -s --path-as-is --max-time 20 -o /dev/null -w '%{http_code}' "http://$server$path") || [ "$wanted" = 000 ] ||
            fail "curl $path ends with status $?"
        [ "$got" = "$wanted" ] || fail "curl $path got $got, not $wanted"
    done <<'PATHS'
200 /fast/1?a=b
200 /fast/2
200 /fast/3
200 /slow/1
404 /missing/da39a3ee5e6b4b0d3255bfef95601890afd80709
404 /missing/550e8400-e29b-41d4-a716-446655440000
500 /failing
000 /silent
200 /nowhere/../fast/4
PATHS
}

number='[0-9.]+'
# row REQUESTS 4XX 5XX UNANSWERED MARKED TEXT: a line of the table, as an extended regular expression
row() { echo "^ +($number|-) +$1 +($number|-) +($number|-) +($number|-) +$2 +$3 +[0-9]+ +$4 +$5  $6"; }

rows=("$(row 3 0 0 0 0 "GET +$server/fast/\{id\}\$")" "$(row 1 0 0 0 0 "GET +$server/slow/\{id\}\$")" "$(row 2 2 0 0 0 "GET +$server/missing/\{id\}\$")"
    "$(row 1 0 1 0 0 "GET +$server/failing\$")" "$(row 1 0 0 1 0 "GET +$server/silent\$")"
    "$(row 1 0 0 0 1 "GET +$server/nowhere/\.\./fast/\{id\}\$")" "$(row 0 0 0 0 0 other\$)" "$(row 9 2 1 1 1 total\$)")

text_comes_once_at_the_end() {
    local line
    start_watcher --sort 4xx
    browse
    [ ! -s "$tmp/out" ] || fail "something is printed before the end"
    stop_watcher
    [ "$(wc -l <"$tmp/out")" = 9 ] || fail "not 9 lines: $(cat "$tmp/out")"
    for line in "${rows[@]}"; do
        grep -Eq "$line" "$tmp/out" || fail "no line $line: $(cat "$tmp/out")"
    done
    sed -n 2p "$tmp/out" | grep -q missing || fail "--sort 4xx: the first row is another: $(cat "$tmp/out")"
}

# press KEY... and wait until the second line names the column
press() {
    local column=$1
    shift
    terminal send-keys "$@"
    until_true pane_has "^sorted by $column:" || fail "after $*, the table is not sorted by $column"
}

# first TEXT: the first row is this one.
is_first() { pane | sed -n 4p | grep -Fq "$1"; }
first() { until_true is_first "$1" || fail "the first row is not $1"; }

# total_is_last LINE REQUESTS: the row "total", whose name does not fit, is in the last line of a small terminal.
total_is_last() { pane | sed -n "$1"p | grep -Eq "^ +$number +$2 "; }

# on_terminal COMMAND: a shell runs it on a new terminal and shows its exit status at the end. A server that is ending refuses new
# sessions, so each terminal has its own.
on_terminal() {
    terminal kill-server 2>/dev/null || :
    terminals=$((terminals + 1))
    terminal new-session -d -x 150 -y 30 "$1; echo \"status \$?\"; cat" || fail "tmux does not start"
}

# watch_on_terminal INTERFACE [VARIABLE=VALUE]
watch_on_terminal() {
    on_terminal "ip netns exec $web env ${2-} '$build/examples/http' -i $1 --top 2>'$tmp/err'"
}

live_table_obeys_its_keys() {
    local line
    watch_on_terminal eth0
    until_true pane_has '^sorted by rate:' || fail "no table on the terminal"
    browse
    for line in "${rows[@]}"; do
        until_true pane_has "$line" || fail "no line $line"
    done
    pane_has '^http --top: eth0, for 0:00:[0-9]{2}, .* requests/s, 0 lost' || fail "the title is another"
    pane_has '^ +REQ/S +REQS +P50ms +P95ms +P99ms +4XX +5XX +BYTES +UNANS +MARK +METHOD +HOST AND PATH' || fail "no headings"
    press p99 '>' '>' Right Right
    first /slow/
    press 5xx '>' '>'
    first /failing
    press 4xx '<'
    first /missing/
    press marked Left Left Left Left Left Left
    first /nowhere/
    terminal resize-window -x 60 -y 8
    until_true total_is_last 8 9 || fail "the table does not fit a small terminal"
    terminal resize-window -x 150 -y 30
    terminal send-keys r
    until_true pane_has "$(row 0 0 0 0 0 total\$)" || fail "the table does not begin at zero"
    terminal send-keys q
    until_true pane_has '^status 0$' || fail "q does not quit"
    ! pane_has 'sorted by' || fail "the terminal is not as before"
    grep -q ' 0 lost' "$tmp/err" || fail "no summary at the end"
}

interrupt_ends_the_live_table() {
    watch_on_terminal eth0
    until_true pane_has '^sorted by rate:' || fail "no table on the terminal"
    terminal send-keys C-c
    until_true pane_has '^status 0$' || fail "an interrupt does not end it"
}

vanished_interface_ends_the_live_table() {
    ip -n "$web" link add gone type veth peer name peer && ip -n "$web" link set gone up
    watch_on_terminal gone
    until_true pane_has '^sorted by rate:' || fail "no table on the terminal"
    ip -n "$web" link delete gone
    until_true pane_has '^status 1$' || fail "it goes on without its interface"
    grep -q 'gone: ' "$tmp/err" || fail "it does not say why"
}

unknown_terminal_gets_the_table_at_the_end() {
    watch_on_terminal eth0 TERM=no-such-terminal
    until_true grep -q 'does not know this terminal' "$tmp/err" || fail "it does not say that the terminal is unknown"
    browse
    terminal send-keys C-c
    until_true pane_has '^status 0$' || fail "an interrupt does not end it"
    pane_has "$(row 9 2 1 1 1 total\$)" || fail "no table at the end"
}

# repeat COUNT FILE
repeat() { { yes "$2" || :; } 2>/dev/null | head -n "$1" | xargs cat; }

# 2 GB of packets in gzip's members, of which the same is repeated: some seconds to read, 30 MB on the disk.
make_large_capture() {
    local capture=$here/../../examples/demo.pcap
    tail -c +25 "$capture" >"$tmp/packets"
    repeat 1000 "$tmp/packets" | gzip >"$tmp/packets.gz"
    { head -c 24 "$capture" | gzip && repeat 2000 "$tmp/packets.gz"; } >"$tmp/large.pcap.gz"
}

large_capture_has_a_progress_bar() {
    make_large_capture
    on_terminal "'$build/examples/http' -r '$tmp/large.pcap.gz' --top"
    until_true pane_has '^\[#* *\] +[0-9]+ % of [0-9]+ MiB' || fail "no progress bar"
    until_true pane_has '^\[##+ *\] +[0-9]+ % of [0-9]+ MiB' || fail "the progress bar stays"
    terminal send-keys C-c
    until_true pane_has '^status 0$' || fail "an interrupt does not end it"
    pane_has "GET +$server/\$" || fail "no table of what was read"
    ! pane_has '% of' || fail "the progress bar stays after the end"
    "$build/examples/http" -r "$here/../../examples/demo.pcap" --top >"$tmp/out" 2>"$tmp/err"
    ! grep -q '%' "$tmp/err" || fail "a progress bar although standard error is no terminal"
}

[ "$(id -u)" = 0 ] || skip "attaching to an interface needs root"
for tool in nginx wrk curl ip python3 tmux; do
    type -P $tool >/dev/null || skip "$tool is missing"
done
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
tmp=$(mktemp -d)
# newterm() of ncurses does not free all if it does not know the terminal.
echo 'leak:new_prescr' >"$tmp/suppressions"
export LSAN_OPTIONS=suppressions=$tmp/suppressions:print_suppressions=0
make_namespaces 2>"$tmp/err" || skip "network namespaces cannot be made here: $(head -n 1 "$tmp/err")"
start_nginx || fail "nginx does not start"
mkdir "$tmp/wrk"
figures_lie_between_those_of_nginx_and_wrk
text_comes_once_at_the_end
large_capture_has_a_progress_bar
ldd "$build/examples/http" | grep -q ncurses || { echo "SKIP: http is built without ncurses: no live table"; exit 0; }
live_table_obeys_its_keys
interrupt_ends_the_live_table
vanished_interface_ends_the_live_table
unknown_terminal_gets_the_table_at_the_end
