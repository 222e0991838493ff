#!/bin/bash
# usage: servers.sh check | write | mutate BUILD SEED [ROUNDS]
#
# Asks the installed ones of twelve servers (servers/configs.py) what they execute of odd requests, in a network namespace of its own.
#   check   compares test/unit/http_leniency.txt with them
#   write   brings that file up to date
#   mutate  asks about 400 mutations of its cases per round, and holds the events against the answers
# Debian: nginx apache2 haproxy lighttpd golang-go tomcat10 tomcat10-user nodejs gunicorn python3-aiohttp uvicorn python3-h11
# python3-waitress. They need not run as services.
set -eu
here=$(realpath "$(dirname "$0")")
cases=$here/../unit/http_leniency.txt
ask() { PYTHONDONTWRITEBYTECODE=1 unshare --net sh -c 'ip link set lo up && exec python3 "$@"' sh "$here/servers/ask.py" "$@"; }

[ "$(id -u)" = 0 ] || { echo "SKIP: a network namespace needs root"; exit 77; }
case ${1:-} in
check | write) ask "$1" "$cases" ;;
mutate)
    [ $# -ge 3 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
    tmp=$(mktemp -d)
    trap 'rm -rf "$tmp"' EXIT
    for ((seed = $3; seed < $3 + ${4:-1}; seed++)); do
        ask mutate "$cases" "$tmp/cases" "$seed"
        EBPFI_LENIENCY=$tmp/cases "$2/test/unit/unit_http_leniency" && continue
        cp "$tmp/cases" "$2/servers-$seed.txt"
        echo "cases: $2/servers-$seed.txt"
        exit 1
    done
    ;;
*) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
