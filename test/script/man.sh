#!/bin/bash
# once
# The manual: every page is clean; every function, option and anomaly has its page, and pages name only what exists.
set -eu
cd "$(dirname "$0")/../.."
build=$1 failed=0

fail() { echo "FAIL: $*"; failed=1; }

# mandoc looks for cross references only among installed pages, so ours are checked below. Long lines are allowed, as in the rest of the
# tree.
lint() {
    if type -P mandoc >/dev/null; then
        mandoc -Tlint "$1" 2>&1 | grep -v "mandoc.db lacks" | grep -vE 'referenced manual not found|text line longer than 80' || :
    elif type -P groff >/dev/null; then
        groff -man -mdoc -ww -z -Tutf8 "$1" 2>&1 || :
    else
        echo "SKIP: neither mandoc nor groff is here, so the pages are not checked" >&2
    fi
}

for page in docs/man/*.[1-9]; do
    found=$(lint "$page")
    [ -z "$found" ] || fail "$page: $found"
    ! grep -nE '^\.(.* )?(Ql|Qq) [^ ]+ , ' "$page" || fail "$page: Ql and Qq put a whole list between one pair of quotes; use Cm, or a line each"
    while read -r name section; do
        case $name in
        ebpfi* | doctor | http | packets | runbpf) ;;
        *) continue ;;
        esac
        [ -f "docs/man/$name.$section" ] || grep -qx "\.Nm $name\( ,\)\?" docs/man/*."$section" || fail "$page refers to $name($section), which does not exist"
    done < <(sed -n 's/^\.\(It \)\?Xr \([^ ]*\) \([1-9]\).*/\2 \3/p' "$page")
    while read -r name; do
        grep -qw "$name" include/ebpfinspect/*.h || fail "$page names $name, which no header declares"
    done < <(grep -vE '^\.(Dt|It Xr|Xr|Bl) ' "$page" | grep -oE '\b(ebpfi|EBPFI)_[A-Za-z0-9_]+' | sort -u)
done
while read -r name; do
    grep -qE "^\.Fn $name( |\$)|^\.Fo $name\$" docs/man/*.3 || fail "no page describes $name"
done < <(nm -D --defined-only "$build/lib/libebpfinspect.so" | sed -n 's/.* T //p' | grep -v '@@EBPFINSPECT_PRIVATE' | sed 's/@.*//')

# options PROGRAM: prints its long options.
options() { "$build/examples/$1" --help 2>/dev/null | grep -oE -- '--[a-z]+' | grep -vE -- '--(help|usage|version)' | sort -u; }

for program in doctor http packets runbpf; do
    [ -n "$(options $program)" ] || fail "$program --help names no option"
    while read -r name; do
        grep -qF -- "Fl -${name#--}" "docs/man/$program.1" || fail "$program.1 does not describe $name"
    done < <(options $program)
done
while read -r name; do
    grep -qE "^\.(It )?Dv (.* )?$name( |\$)" docs/man/ebpfi_http.3 || fail "ebpfi_http.3 does not describe $name"
done < <(grep -oE '^	EBPFI_(EVENT_)?HTTP_[A-Z_]+\b' include/ebpfinspect/event.h | grep -vE '_FIELDS' | tr -d '\t')
exit $failed
