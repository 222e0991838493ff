#!/bin/bash
# usage: copy.sh DIRECTORY
#
# Copies the tree to DIRECTORY as a clone would: the files that git tracks or would add, without build results.

set -eu
cd "$(dirname "$0")/.."
[ $# = 1 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
git ls-files -z -c -o --exclude-standard | while IFS='' read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    xargs -0 cp -a --parents -t "$1"
