#!/bin/bash
# once
# What the documents say of the tree is so: the program in the README is the example, and what is named is there.
set -eu
cd "$(dirname "$0")/../.."
failed=0 fence='```' tick='`'

fail() { echo "FAIL: $*"; failed=1; }

diff -u <(sed -n "/^${fence}c\$/,/^$fence\$/p" README.md | sed '1d;$d') examples/hello.c || fail "README.md shows another program than examples/hello.c"
for page in README.md docs/*.md; do
    while read -r link; do
        [ -e "${page%/*}/$link" ] || [ -e "$(dirname "$page")/$link" ] || fail "$page links to $link, which is not there"
    done < <(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//; s/#.*//' | grep -v '^http')
    while read -r name; do
        [ -e "$name" ] || fail "$page names $name, which is not there"
    done < <(grep -oE "$tick(lib|bpf|test|examples|docs|cmake|include)/[A-Za-z0-9_./-]+$tick" "$page" | tr -d "$tick" | grep -vE '(^|/)X[./]|/X$' | sort -u)
done
while read -r name; do
    grep -qw "$name" include/ebpfinspect/*.h || fail "docs/from-bcc.md tells of $name, which no header declares"
done < <(grep -ohE '\b(ebpfi|EBPFI)_[A-Za-z0-9_]+' docs/from-bcc.md 2>/dev/null | sort -u)
exit $failed
