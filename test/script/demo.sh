#!/bin/bash
# once
# The demo: live as root, a replay for other users. It leaves nothing behind, even when it is interrupted.
set -eu
cd "$(dirname "$0")/../.."
build=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() { echo "FAIL: $*"; cat "$tmp"/* || :; exit 1; }

# Other tests make namespaces and interfaces at the same time: compares only those with the demo's name, and processes of its files.
leftovers() {
    ip netns list | grep "ebpfi-demo-$1" || :
    pgrep -fa "$tmp" || :
}

replays_without_rights() {
    local run=()
    [ "$(id -u)" != 0 ] || run=(setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs)
    [ ${#run[@]} = 0 ] || "${run[@]}" test -x "$build/examples/packets" || { echo "SKIP: nobody may not read $build"; return; }
    "${run[@]}" examples/demo.sh --build "$build" </dev/null >"$tmp/replay" 2>&1 || fail "the replay ends with status $?"
    grep -q '^# The live part does not work here: .* to get them\. This is' "$tmp/replay" || fail "no sentence says why it is a replay"
    grep -q '192\.0\.2\.2\.[0-9]* > 192\.0\.2\.1\.80: Flags \[P\.\]' "$tmp/replay" || fail "the replay lacks the request"
    grep -q '12 packets seen, 12 delivered, 0 lost' "$tmp/replay" || fail "the replay is not the whole capture"
}

shows_a_request_through_each_hook() {
    local hook pid
    TMPDIR=$tmp examples/demo.sh --build "$build" >"$tmp/live" 2>&1 &
    pid=$!
    wait $pid || fail "the demo ends with status $?"
    for hook in xdp tc socket; do
        grep -q "listening on eth0, $hook" "$tmp/live" || fail "$hook was not attached"
    done
    [ "$(grep -c '192\.0\.2\.2\.[0-9]* > 192\.0\.2\.1\.80: Flags \[P\.\]' "$tmp/live")" = 3 ] || fail "each hook shows one request"
    grep -q 'curl got: Hello from nginx' "$tmp/live" || fail "curl got no page"
    [ -z "$(leftovers $pid)" ] || fail "it left behind: $(leftovers $pid)"
}

# Interrupts it after it has made its namespaces, and while nginx and packets run.
removes_all_when_interrupted() {
    local signal pid
    for signal in INT TERM; do
        : >"$tmp/cut"
        # env restores the signal's default: a background process of a shell ignores INT.
        TMPDIR=$tmp env --default-signal=INT examples/demo.sh --build "$build" >"$tmp/cut" 2>&1 &
        pid=$!
        while kill -0 $pid 2>/dev/null && ! grep -q 'hook' "$tmp/cut"; do sleep 0.01; done
        kill -$signal $pid
        wait $pid && fail "interrupted by $signal it says success"
        [ -z "$(leftovers $pid)" ] || fail "after $signal it left behind: $(leftovers $pid)"
    done
}

skip() { echo "SKIP: no live demo: $1"; exit 0; }

may_attach() { (((0x$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status) >> 39 & 1) == 1)); }

replays_without_rights
[ "$(id -u)" = 0 ] || skip "it needs root"
may_attach || skip "CAP_BPF is missing"
PATH=$PATH:/usr/sbin
for tool in nginx curl ip pgrep; do
    type -P $tool >/dev/null || skip "$tool is missing"
done
ip netns add "ebpfi-probe-$$" && ip netns exec "ebpfi-probe-$$" true || probe=no
ip netns delete "ebpfi-probe-$$" || probe=no
[ -z "${probe-}" ] || skip "network namespaces cannot be made here"
shows_a_request_through_each_hook
removes_all_when_interrupted
