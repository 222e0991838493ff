#!/bin/bash
# once
# The manual: every page is clean, every function and every option of packets is in one.
set -eu
cd "$(dirname "$0")/../.."
build=$1 failed=0

fail() { echo "FAIL: $*"; failed=1; }

# Findings below a warning (style) are mandoc's taste; its own line for a page that others of ours are named in is no finding.
lint() {
    if type -P mandoc >/dev/null; then
        mandoc -Tlint -Wwarning "$1" 2>&1 | grep -v "mandoc.db lacks" | grep -v 'referenced manual not found' || :
    elif type -P groff >/dev/null; then
        groff -man -mdoc -ww -z -Tutf8 "$1" 2>&1 || :
    else
        echo "SKIP: neither mandoc nor groff is here, so that the pages are not checked" >&2
    fi
}

for page in docs/man/*.[1-9]; do
    found=$(lint "$page")
    [ -z "$found" ] || fail "$page: $found"
done
while read -r name; do
    grep -qE "^\.Fn $name( |\$)|^\.Fo $name\$" docs/man/*.3 || fail "no page tells of $name"
done < <(nm -D --defined-only "$build/lib/libebpfinspect.so" | sed -n 's/.* T //p' | sed 's/@.*//')
while read -r name; do
    grep -qF -- "Fl -${name#--}" docs/man/packets.1 || fail "packets.1 does not tell of $name"
done < <("$build/examples/packets" --help | grep -oE -- '--[a-z]+' | grep -vE -- '--(help|usage|version)' | sort -u)
exit $failed
