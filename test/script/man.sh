#!/bin/bash
# once
# The manual: every page is clean; every function, option and anomaly is in one, and every program that has options has one.
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
done < <(nm -D --defined-only "$build/lib/libebpfinspect.so" | sed -n 's/.* T //p' | grep -v '@@EBPFINSPECT_PRIVATE' | sed 's/@.*//')

# options PROGRAM: its long options.
options() { "$build/examples/$1" --help 2>/dev/null | grep -oE -- '--[a-z]+' | grep -vE -- '--(help|usage|version)' | sort -u; }

for program in doctor http packets runbpf; do
    [ -n "$(options $program)" ] || fail "$program --help names no option"
    while read -r name; do
        grep -qF -- "Fl -${name#--}" "docs/man/$program.1" || fail "$program.1 does not tell of $name"
    done < <(options $program)
done
while read -r name; do
    grep -qE "^\.(It )?Dv (.* )?$name( |\$)" docs/man/ebpfi_http.3 || fail "ebpfi_http.3 does not tell of $name"
done < <(grep -oE '^	EBPFI_(EVENT_)?HTTP_[A-Z_]+\b' include/ebpfinspect/event.h | grep -vE '_FIELDS' | tr -d '\t')
exit $failed
