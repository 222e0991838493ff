#!/bin/bash
# once
# Header, version script and library name the same functions, and each header stands alone in strict C99 and C++17.
set -eu
cd "$(dirname "$0")/../.."
build=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() { echo "FAIL: $*"; failed=1; }

# Declarations may go over several lines; the last name before the parameters is the function's.
declared() {
    cat include/ebpfinspect/*.h | sed '/^#define/d' | tr '\n' ' ' | grep -oE 'EBPFI_API [^;(]*\(' | grep -oE '[a-z0-9_]+\($' | tr -d '(' | sort
}
in_map() { grep -oE '^[[:space:]]+ebpfi_[a-z0-9_]+;' lib/libebpfinspect.map | tr -d ' \t;' | sort; }
exported() { nm -D --defined-only "$build/lib/libebpfinspect.so" | sed -n 's/.* [TDBRVW] //p' | sed 's/@.*//' | sort; }

compiles_alone() {
    local header=$1
    echo "#include <ebpfinspect/$header>" >"$tmp/c.c"
    echo 'typedef int not_empty;' >>"$tmp/c.c"
    cp "$tmp/c.c" "$tmp/cpp.cpp"
    for cc in gcc clang; do
        $cc -std=c99 -pedantic -Wall -Wextra -Werror -Iinclude -I"$build/include" -fsyntax-only "$tmp/c.c" || fail "$header in C99 with $cc"
    done
    for cxx in g++ clang++; do
        type -P $cxx >/dev/null || { echo "SKIP: $cxx is missing; headers are not tried in C++ with it"; continue; }
        $cxx -std=c++17 -pedantic -Wall -Wextra -Werror -Iinclude -I"$build/include" -fsyntax-only "$tmp/cpp.cpp" || fail "$header in C++17 with $cxx"
    done
}

# Headers for BPF programs are read by clang alone.
compiles_for_bpf() {
    echo "#include <ebpfinspect/$1>" >"$tmp/c.c"
    clang -target bpf -O2 -Wall -Wextra -Werror -Iinclude -I"$build/include" -I"/usr/include/$(gcc -print-multiarch)" -fsyntax-only "$tmp/c.c" ||
        fail "$1 for BPF"
}

declared >"$tmp/header"
in_map >"$tmp/map"
exported >"$tmp/library"
[ -s "$tmp/header" ] || fail "no declaration was found"
diff -u "$tmp/header" "$tmp/map" || fail "the headers and lib/libebpfinspect.map differ"
diff -u "$tmp/map" <(grep -v '^EBPFINSPECT_' "$tmp/library") || fail "lib/libebpfinspect.map and the library differ"
for header in include/ebpfinspect/*.h "$build"/include/ebpfinspect/*.h; do
    case $header in *[./]bpf.h) compiles_for_bpf "${header##*/}" ;; *) compiles_alone "${header##*/}" ;; esac
done
exit $failed
