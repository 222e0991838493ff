#!/bin/bash
# once
# The directories of the library depend on each other without a cycle, by the symbols of their objects.
set -eu
cd "$(dirname "$0")/../.."
build=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Lines "DIRECTORY D SYMBOL" for defined symbols, "DIRECTORY U SYMBOL" for needed ones.
while read -r object; do
    room=${object#*/layer_*.dir/}
    nm -g "$object" | awk -v room="${room%/*}" '$(NF - 1) ~ /^[TDRBVW]$/ { print room, "D", $NF } $(NF - 1) == "U" { print room, "U", $NF }'
done < <(find "$build/lib" -path '*/layer_*.dir/*.o' | sort) >"$tmp/symbols"
[ "$(cut -d ' ' -f 1 "$tmp/symbols" | sort -u | wc -l)" -gt 10 ] || { echo "FAIL: the objects of the rooms were not found in $build"; exit 1; }
awk '$2 == "D" { of[$3] = $1 } { line[NR] = $0 }
    END { for (i = 1; i <= NR; i++) { split(line[i], w, " "); if (w[2] == "U" && (w[3] in of) && of[w[3]] != w[1]) print w[1], of[w[3]] } }' \
    "$tmp/symbols" | sort -u >"$tmp/needs"
tsort "$tmp/needs" >"$tmp/order" 2>"$tmp/loop" || { echo "FAIL: these need each other:"; grep -v 'contains a loop' "$tmp/loop"; exit 1; }
echo "in this order: $(tac "$tmp/order" | tr '\n' ' ')"
