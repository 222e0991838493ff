#!/bin/bash
# once
# The documents agree with the tree: the README shows an unchanged example, files and links exist, functions are declared.
set -eu
cd "$(dirname "$0")/../.."
failed=0 fence='```' tick='`'
pages=(*.md docs/*.md)

fail() { echo "FAIL: $*"; failed=1; }

diff -u <(sed -n "/^${fence}c\$/,/^$fence\$/p" README.md | sed '1d;$d') examples/hello.c || fail "README.md shows another program than examples/hello.c"
for page in "${pages[@]}"; do
    while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || fail "$page links to $link, which does not exist"
    done < <(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//; s/)$//; s/#.*//' | grep -v '^http')
    while read -r name; do
        [ -e "$name" ] || fail "$page names $name, which does not exist"
    done < <(grep -oE "$tick(lib|bpf|test|examples|docs|cmake|include|\.github)/[A-Za-z0-9_./-]+$tick" "$page" | tr -d "$tick" | grep -vE '(^|[/_])X[./]|/X$' | sort -u)
    while read -r name; do
        grep -qw "$name" include/ebpfinspect/*.h || fail "$page names $name, which no header declares"
    done < <(grep -ohE '\bebpfi_[A-Za-z0-9_]+\(' "$page" | tr -d '(' | sort -u)
done
while read -r name; do
    grep -qw "$name" include/ebpfinspect/*.h || fail "docs/from-bcc.md names $name, which no header declares"
done < <(grep -ohE '\b(ebpfi|EBPFI)_[A-Za-z0-9_]+' docs/from-bcc.md | sort -u)
for page in docs/*.md; do
    grep -qF "]($page)" README.md || fail "README.md does not link to $page"
done
exit $failed
