#!/bin/bash
# Every capture of the corpus, from a file and from a pipe, as an ordinary user: `packets` runs to its end without a
# sanitizer's finding and counts as many packets as tcpdump.
set -eu
cd "$(dirname "$0")/../.."
packets=$1/examples/packets
corpus=${EBPFI_CORPUS:-/dev/null}
[ -d "$corpus/pcap" ] || { echo "SKIP: EBPFI_CORPUS leads to no captures"; exit 77; }
type -P tcpdump >/dev/null || { echo "SKIP: tcpdump is missing"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
failures=0 captures=0

fail() { echo "FAIL: $*"; failures=$((failures + 1)); }

# Others may not be able to read the build directory: copies the program and its library.
cp "$packets" "$(dirname "$packets")/../lib/libebpfinspect.so.0" "$tmp"
as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        LD_LIBRARY_PATH=$tmp setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
    else
        LD_LIBRARY_PATH=$tmp "$@"
    fi
}

# tcpdump of Debian 12 cannot read compressed captures: unpacks them first.
expected() {
    case $1 in
    *.gz) gzip -dc "$1" | tcpdump -r - --count 2>/dev/null ;;
    *) tcpdump -r "$1" --count 2>/dev/null ;;
    esac | sed -n 's/ packets\{0,1\}$//p'
}

check() {
    local file=$1 name=${1#"$corpus"/} want got status=0
    want=$(expected "$file")
    got=$(as_nobody "$tmp/packets" -r - --count <"$file" 2>"$tmp/err") || status=$?
    [ "$status" = 0 ] || { fail "$name from a pipe: exit $status: $(head -n 3 "$tmp/err")"; return 0; }
    [ "$got" = "$want" ] || fail "$name: $got packets, and $want by tcpdump"
    as_nobody "$tmp/packets" -r - --json -s 65535 < <(cat "$file") >"$tmp/out" 2>"$tmp/err" || fail "$name as JSON: $(head -n 3 "$tmp/err")"
    [ "$(wc -l <"$tmp/out")" = "$want" ] || fail "$name: $(wc -l <"$tmp/out") lines of JSON, $want packets"
    cp "$file" "$tmp/capture"
    chmod 644 "$tmp/capture"
    as_nobody "$tmp/packets" -r "$tmp/capture" >"$tmp/out" 2>"$tmp/err" || fail "$name from a file: $(head -n 3 "$tmp/err")"
    [ "$(wc -l <"$tmp/out")" = "$want" ] || fail "$name: $(wc -l <"$tmp/out") lines, $want packets"
}

# A compressed file is read, or refused with one sentence if it is not a capture; no crash.
check_compressed() {
    if as_nobody "$tmp/packets" -r - --count <"$1" >/dev/null 2>"$tmp/err"; then
        check "$1"
    else
        grep -q '^packets: - is no capture' "$tmp/err" || fail "${1#"$corpus"/}: $(head -n 3 "$tmp/err")"
    fi
}

while IFS='' read -r -d '' file; do
    captures=$((captures + 1))
    case $file in
    *.gz) check_compressed "$file" ;;
    *) check "$file" ;;
    esac
done < <(find "$corpus/pcap" -type f -regextype egrep -regex '.*\.(pcap|pcapng|trace|cap)(\.gz)?' -print0 | sort -z)
echo "$captures captures, $failures failures"
[ "$captures" -gt 0 ] && [ "$failures" = 0 ]
