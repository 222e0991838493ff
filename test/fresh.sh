#!/bin/bash
# usage: fresh.sh [SUITE]...
#
# Tests a fresh machine: makes a bare Debian SUITE (bookworm, trixie; default: bookworm), and runs the first two commands of the README in
# it: examples/demo.sh, and test/run.sh with one compiler (--quick). Fails if a test fails, if the demo is only a replay, or if a test is
# skipped for a reason that test/fresh.skips does not have. Needs root.
# Ends with a line "N passed, N failed, N skipped", which counts commands.

set -eu
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() { echo "FAILED: $1"; failed=$((failed + 1)); }
pass() { passed=$((passed + 1)); }

# run SUITE COMMAND...: also writes the output to $tmp/log
run() {
    test/root.sh "$1" "$tmp/tree" bash -c "${*:2}" 2>&1 | tee "$tmp/log"
    return "${PIPESTATUS[0]}"
}

unexpected_skips() {
    sed -n 's/^ *skipped: //p' "$tmp/log" | grep -vEf <(sed '/^#/d; /^$/d' test/fresh.skips)
}

check() {
    local suite=$1 status=0
    printf '\n== fresh %s (%d:%02d)\n' "$suite" $((SECONDS / 60)) $((SECONDS % 60))
    run "$suite" 'examples/demo.sh && echo "demo: done" && test/run.sh --quick' || status=$?
    [ "$status" != 77 ] || ! grep -q '^SKIP: ' "$tmp/log" || { skipped=$((skipped + 2)); return 0; }
    if grep -q '^# curl got: Hello from nginx' "$tmp/log" && grep -qx 'demo: done' "$tmp/log"; then pass; else fail "$suite: examples/demo.sh shows no live request"; fi
    if [ "$status" = 0 ] && grep -qE '^[1-9][0-9]* passed, 0 failed, ' "$tmp/log"; then pass; else fail "$suite: test/run.sh --quick ends with status $status"; fi
    ! unexpected_skips || fail "$suite: the skips above have no reason in test/fresh.skips"
}

[ $# -gt 0 ] || set -- bookworm
cmake/deps.sh fresh || echo "A bare root cannot be made without them."
mkdir "$tmp/tree"
test/copy.sh "$tmp/tree"
for suite; do check "$suite"; done
echo "fresh: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
