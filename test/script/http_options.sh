#!/bin/bash
# Each option of `http`: what it shows of captures made here, what it refuses, and live in namespaces of its own.
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
http=$build/examples/http
helper=$PWD/test/script/http_options.py
export TZ=UTC PATH=$PATH:/usr/sbin:/sbin
failures=0

# Live, one failure makes others: the test ends.
fail() {
    echo "FAIL: $*"
    cat "$tmp/out" "$tmp/err" || :
    failures=$((failures + 1))
    [ -z "${client-}" ] || exit 1
}

capture() { python3 "$helper" capture "$tmp/$1.pcap" "${@:2}"; }

run() {
    status=0
    "$http" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
}

# shows TEXT ARGUMENT...: the output of http is TEXT, and it ends with status 0.
shows() {
    run "${@:2}"
    [ $status = 0 ] || fail "${*:2}: status $status"
    [ "$(cut -d ' ' -f 2- "$tmp/out")" = "$1" ] || fail "${*:2}: not \"$1\""
}

# refuses STATUS WORDS LINES ARGUMENT...
refuses() {
    run "${@:4}"
    [ $status = "$1" ] || fail "${*:4}: status $status, not $1"
    grep -q -e "$2" "$tmp/err" || fail "${*:4}: does not say \"$2\""
    [ "$(wc -l <"$tmp/err")" = "$3" ] || fail "${*:4}: not $3 lines"
    [ ! -s "$tmp/out" ] || fail "${*:4}: there is output"
}

says() { grep -q -e "$1" "$tmp/err" || fail "it does not say \"$1\""; }

ends='10.0.0.1.40000 > 10.0.0.2.80'
get='c GET /x HTTP/1.1\r\nHost: h\r\n\r\n'
post='c POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc'
ok='s HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

make_captures() {
    capture pair "$post" "$ok" cF sF
    capture closed "$get" cF sF
    capture waiting "$get" 's '
    python3 - "$tmp" <<'PYTHON'
import sys
whole = open(sys.argv[1] + "/pair.pcap", "rb").read()
head, records, at = whole[:24], b"", 24
while at < len(whole):
    size = 16 + int.from_bytes(whole[at + 8 : at + 12], "little")
    if whole[at + 16 + 12 : at + 16 + 16] == bytes((10, 0, 0, 1)):
        records += whole[at : at + size]
    at += size
open(sys.argv[1] + "/client.pcap", "wb").write(head + records)
open(sys.argv[1] + "/ppp.pcap", "wb").write(head[:20] + bytes((9, 0, 0, 0)) + whole[24:])
PYTHON
}

request_without_an_answer_is_shown() {
    shows "$ends \"GET /x HTTP/1.1\" h no answer: closed after 2.000 ms" -r "$tmp/closed.pcap"
    shows "$ends \"GET /x HTTP/1.1\" h no answer: still waiting after 1.000 ms" -r "$tmp/waiting.pcap"
    run -r "$tmp/closed.pcap" --json
    grep -q '"event.name":"http.unanswered".*"http.duration_ns":2000000,"http.unanswered.reason":"closed"}$' "$tmp/out" ||
        fail "there is no reason in JSON"
}

one_direction_is_shown_and_said_once() {
    shows "$ends \"POST /x HTTP/1.1\" h no answer: server not seen after 2.000 ms" -r "$tmp/client.pcap"
    [ "$(grep -c '^http: one direction only: .* for 1 request$' "$tmp/err")" = 1 ] || fail "it is not said once"
    run -r "$tmp/pair.pcap"
    ! grep -q 'one direction' "$tmp/err" || fail "both directions are one"
}

lines_have_a_date_and_details_on_request() {
    shows "$ends \"POST /x HTTP/1.1\" h 200 5 1.000 ms" -r "$tmp/pair.pcap"
    grep -q '^22:13:20\.004000 10' "$tmp/out" || fail "the line does not begin with the time"
    run -r "$tmp/pair.pcap" --date
    grep -q '^2023-11-14 22:13:20\.004000 10' "$tmp/out" || fail "the line does not begin with the date"
    shows "$ends \"POST /x HTTP/1.1\" h request
$ends \"POST /x HTTP/1.1\" h 200 5 1.000 ms (request 3, first byte 1.000 ms)" -r "$tmp/pair.pcap" -v --requests
    shows "$ends \"GET /x HTTP/1.1\" h no answer: closed after 2.000 ms (request -)" -r "$tmp/closed.pcap" --verbose
}

filter_selects_packets() {
    shows "$ends \"POST /x HTTP/1.1\" h 200 5 1.000 ms" -r "$tmp/pair.pcap" host 10.0.0.1 and port 80
    shows '' -r "$tmp/pair.pcap" 'host 10.0.0.3'
    says 'filtered out'
    shows '' -r "$tmp/pair.pcap" -p 81
}

command_line_is_refused_in_a_sentence() {
    refuses 1 'the filter "hots 10.0.0.1" cannot be used' 1 -r "$tmp/pair.pcap" hots 10.0.0.1
    refuses 2 'name interfaces with -i, or one file with -r' 2
    refuses 2 '-r reads a file and -i listens' 2 -r "$tmp/pair.pcap" -i lo
    refuses 2 '-r reads a file, and --hook' 2 -r "$tmp/pair.pcap" --hook tc
    refuses 2 'there is no hook "nowhere"' 2 -i lo --hook nowhere
    refuses 2 '"-1" is not a number from 0 to 86400' 2 -r "$tmp/pair.pcap" --timeout=-1
    refuses 1 'link type 9 (PPP)' 1 -r "$tmp/ppp.pcap"
}

options_of_the_inspector_are_set() {
    shows "$ends \"POST /x HTTP/1.1\" h 200 5 1.000 ms" -r "$tmp/pair.pcap" --tunnels --timeout 5
}

# Live: two interfaces of this namespace, whose peers are in a namespace of the client.
live=()
stop() { kill "$1" 2>/dev/null || :; wait "$1" 2>/dev/null || :; }

# shellcheck disable=SC2317 # called by trap
cleanup() {
    local pid
    for pid in ${live[@]+"${live[@]}"}; do stop "$pid"; done
    rm -rf "$tmp"
}

until_true() {
    local pid=$1 end=$((SECONDS + 20))
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
        sleep 0.02
    done
}

make_network() {
    local n
    ip link set lo up
    unshare -n sleep 600 &
    client=$!
    live+=("$client")
    until_true $client bash -c "! [ /proc/$client/ns/net -ef /proc/self/ns/net ]" || fail "there is no client"
    for n in 0 1; do
        ip link add web$n type veth peer name user$n netns $client
        ip address add 192.0.2.$((n * 16 + 1))/28 dev web$n
        ip link set web$n up
        nsenter -t $client -n ip address add 192.0.2.$((n * 16 + 2))/28 dev user$n
        nsenter -t $client -n ip link set user$n up
    done
    python3 "$helper" serve 80 &
    server=$!
    live+=("$server")
    until_true $server bash -c ': </dev/tcp/192.0.2.1/80' || fail "the server does not start"
}

get() { nsenter -t $client -n python3 "$helper" get "$1" 80 "$2"; }

# watches LAST ARGUMENT...: starts http; LAST is what it says last before it listens.
watches() {
    : >"$tmp/out" 2>"$tmp/err"
    "$http" "${@:2}" >"$tmp/out" 2>"$tmp/err" &
    watcher=$!
    live+=("$watcher")
    until_true $watcher grep -q "$1" "$tmp/err" || fail "http ${*:2} does not start"
}

sees() { until_true $watcher grep -q -e "$1" "$tmp/out" || fail "there is no line \"$1\""; }

ends_well() {
    status=0
    kill -INT $watcher
    wait $watcher || status=$?
    [ $status = 0 ] || fail "http ends with status $status"
}

several_interfaces_are_watched_through_a_filter() {
    watches 'listening on web1' -i web0 -i web1 --heads 'host 192.0.2.1 or host 192.0.2.18'
    get 192.0.2.1 /one
    get 192.0.2.17 /two
    sees '192.0.2.1.80 "GET /one HTTP/1.1" 192.0.2.1 200 5 [0-9.]* ms$'
    sees '192.0.2.17.80 "GET /two HTTP/1.1" 192.0.2.17 200 5 [0-9.]* ms$'
    ends_well
    watches 'listening on web1' -i web0 -i web1 'host 192.0.2.17'
    get 192.0.2.1 /one
    get 192.0.2.17 /two
    sees '"GET /two'
    ends_well
    ! grep '/one' "$tmp/out" || fail "the filter does not select"
}

requests_are_shown_at_xdp() {
    watches 'requests are shown without their responses' -i web0 --hook xdp
    get 192.0.2.1 /one
    sees '"GET /one HTTP/1.1" 192.0.2.1 request$'
    ends_well
    ! grep 'no answer' "$tmp/out" || fail "the response is missed where none is seen"
    [ "$(grep -c 'without their responses' "$tmp/err")" = 1 ] || fail "it is not said once"
}

request_without_an_answer_is_shown_after_the_time() {
    local waiting
    watches 'listening on web0' -i web0 --timeout 1
    mkfifo "$tmp/go"
    get 192.0.2.1 /hang <"$tmp/go" &
    waiting=$!
    live+=("$waiting")
    exec 9>"$tmp/go"
    sees '"GET /hang HTTP/1.1" 192.0.2.1 no answer: timeout after 1[0-9.]* ms$'
    exec 9>&-
    wait $waiting
    ends_well
    [ "$(grep -c 'no answer' "$tmp/out")" = 1 ] || fail "it is told twice"
}

type -P python3 >/dev/null || { echo "SKIP: python3 is missing"; exit 77; }
tmp=$(mktemp -d)
trap cleanup EXIT
trap 'exit 143' TERM INT
if [ "${2-}" = live ]; then
    make_network
    several_interfaces_are_watched_through_a_filter
    requests_are_shown_at_xdp
    request_without_an_answer_is_shown_after_the_time
else
    make_captures
    request_without_an_answer_is_shown
    one_direction_is_shown_and_said_once
    lines_have_a_date_and_details_on_request
    filter_selects_packets
    command_line_is_refused_in_a_sentence
    options_of_the_inspector_are_set
    if unshare -n true 2>/dev/null; then
        unshare -n bash "$0" "$build" live || failures=$((failures + 1))
    else
        echo "SKIP: no network namespace can be made here (no root): live options are not tested"
    fi
fi
[ $failures = 0 ]
