#!/bin/bash
# once
# Output and exit status of doctor: with all rights, without rights, on another kernel, and with wrong arguments.
set -eu
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
doctor=$build/examples/doctor failed=0
out=$(mktemp)
trap 'rm -f "$out" "$out.err"' EXIT

fail() { echo "FAIL: $*"; failed=1; }

# expect STATUS COMMAND...: standard output goes to $out, standard error stays empty unless STATUS is 2.
expect() {
    local status=0 wanted=$1
    shift
    "$@" >"$out" 2>"$out.err" || status=$?
    [ $status = "$wanted" ] || fail "$*: exit status $status, not $wanted: $(cat "$out" "$out.err")"
    [ "$wanted" = 2 ] || [ ! -s "$out.err" ] || fail "$* prints to standard error: $(cat "$out.err")"
}
says() { grep -qE -- "$1" "$out" || fail "it does not say \"$1\": $(cat "$out")"; }
says_first() { head -n 1 "$out" | grep -qE -- "$1" || fail "it does not begin with \"$1\": $(cat "$out")"; }

expect 2 "$doctor" eth0
expect 2 "$doctor" --nonsense

[ "$(id -u)" = 0 ] || { echo "SKIP: the rest needs root, whose rights it takes away"; exit $((failed ? 1 : 77)); }

expect 0 "$doctor"
says_first '^The bundled inspectors can run here\.$'
says '^yes +packet at xdp$'
! grep -qE '^no +.*bpf\(2\)' "$out" || fail "a recommended setting is listed among the faults: $(cat "$out")"
if [ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" != 0 ]; then
    says '^yes +bpf\(2\) is closed to processes without capabilities'
fi
expect 0 "$doctor" -i lo
says '^yes +link layer: Ethernet$'
expect 1 "$doctor" -i nowhere0
says_first 'nowhere0'

expect 0 "$doctor" --json -i lo
says '^\{"id":"inspector\.packet\.socket","name":"packet at socket","state":"yes","value":"","why":""\}$'
if type -P python3 >/dev/null; then
    python3 -c 'import json, sys; [json.loads(line)["id"] for line in sys.stdin]' <"$out" || fail "--json prints what is no JSON"
else
    echo "SKIP: --json is not checked without python3"
fi

# The capabilities that the manual names are enough.
needed=+bpf,+net_admin,+net_raw
expect 0 setpriv --no-new-privs --securebits=+noroot "--bounding-set=-all,$needed" "--inh-caps=-all,$needed" "--ambient-caps=-all,$needed" "$doctor"
says '^no +CAP_PERFMON$'

drop=(setpriv --no-new-privs '--bounding-set=-all' '--inh-caps=-all')
# An ordinary user may not be able to enter the build directory.
setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$doctor" && drop+=(--reuid=65534 --regid=65534 --clear-groups)
expect 1 "${drop[@]}" "$doctor"
says_first '^Not everything can run here\. [a-z]+ at xdp: .*CAP_BPF and CAP_NET_ADMIN missing'
says '^no +CAP_BPF$'
says '^unknown +ring buffers$'

status=0
test/vm.sh 6.1 -L "$build/lib" -- "$doctor" -i lo >"$out" 2>&1 || status=$?
case $status in
0)
    says '^no +tc through a bpf_link \(tcx\)$'
    says 'came with Linux 6\.6; clsact is used instead'
    says '^yes +packet at tc$'
    says '^unknown +XDP in the driver$'
    ;;
77) cat "$out" ;;
*) fail "doctor on Linux 6.1: exit status $status: $(cat "$out")" ;;
esac
exit $failed
