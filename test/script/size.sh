#!/bin/bash
# once
# The stripped library, without the inspectors' embedded objects, stays below a limit.
set -eu
build=$1 limit=$((480 * 1024))
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

skip() { echo "SKIP: $*"; exit 77; }
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

case $(cached CMAKE_BUILD_TYPE) in '' | RelWithDebInfo | MinSizeRel) ;; *) skip "the limit is for the default build type and MinSizeRel" ;; esac
[ -z "$(cached EBPFI_SANITIZE)" ] || skip "this build has sanitizers"
"$(cached CMAKE_C_COMPILER)" --version | grep -q 'Free Software Foundation' || skip "the limit is for gcc"
[ "$(uname -m)" = x86_64 ] || skip "the limit is for x86-64"

strip -o "$tmp/library" "$build/lib/libebpfinspect.so"
stripped=$(stat -c %s "$tmp/library") embedded=0
while read -r inspector; do
    embedded=$((embedded + $(stat -c %s "$build/bpf/$inspector.bpf.o")))
done < <(sed -n 's/^BUNDLED(\(.*\))$/\1/p' "$build/bpf/inspectors.inc")
[ "$embedded" != 0 ] || { echo "FAIL: the library has no inspector"; exit 1; }
rest=$((stripped - embedded))
echo "stripped $stripped, embedded objects $embedded, the rest $rest of at most $limit bytes"

# Thread-local storage is taken from the stack of every thread of every program that links the library.
tls=0
while read -r size; do
    tls=$((tls + 0x$size))
done < <(readelf -SW "$build/lib/libebpfinspect.so" | sed -nE 's/.* \.t(bss|data) +[A-Z]+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) .*/\2/p')
echo "thread-local storage $tls of at most 2048 bytes"
if [ "$tls" = 0 ] || [ "$tls" -gt 2048 ]; then
    echo "FAIL: thread-local storage has $tls bytes"
    exit 1
fi
[ "$rest" -le "$limit" ] && exit
echo "FAIL: the library is $((rest - limit)) bytes too large: find what grew (nm --size-sort), or say why the limit must rise"
exit 1
