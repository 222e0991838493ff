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

# Declarations may span several lines; the last name before the parameters is the function's.
declared() {
    cat include/ebpfinspect/*.h | sed '/^#define/d' | tr '\n' ' ' | grep -oE 'EBPFI_API [^;(]*\(' | grep -oE '[a-z0-9_]+\($' | tr -d '(' | sort
}
in_map() { grep -oE '^[[:space:]]+ebpfi_[a-z0-9_]+;' lib/libebpfinspect.map | tr -d ' \t;' | sort; }
exported() { nm -D --defined-only "$build/lib/libebpfinspect.so" | sed -n 's/.* [TDBRVW] //p' | grep -v '@@EBPFINSPECT_PRIVATE' | sed 's/@.*//' | sort; }

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

# Structures must not have padding: no code clears those bytes.
has_no_padding() {
    echo "#include <ebpfinspect/$1>" >"$tmp/c.c"
    gcc -Wpadded -Werror -Iinclude -I"$build/include" -fsyntax-only "$tmp/c.c" || fail "$1 has a structure with padding"
}

# Only clang compiles the headers for BPF programs.
compiles_for_bpf() {
    echo "#include <ebpfinspect/$1>" >"$tmp/c.c"
    clang -target bpf -O2 -Wall -Wextra -Werror -Iinclude -I"$build/include" -I"/usr/include/$(gcc -print-multiarch)" -fsyntax-only "$tmp/c.c" ||
        fail "$1 for BPF"
}

# From the second release on: compares with the last release. abidiff's bit 8 is a change that breaks programs.
compare_with_last_release() {
    local tag old="$tmp/old" status=0
    tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || { echo "SKIP: abidiff: there is no release to compare with"; return; }
    type -P abidiff >/dev/null || { echo "SKIP: abidiff is missing: cmake/deps.sh test"; return; }
    mkdir "$old"
    git archive "$tag" | tar -x -C "$old"
    if ! { cmake -S "$old" -B "$old/build" -DEBPFI_EXAMPLES=OFF -DEBPFI_TESTS=OFF && cmake --build "$old/build" -j2; } >/dev/null; then
        fail "$tag does not build"
        return
    fi
    abidiff --headers-dir1 "$old/include" --headers-dir2 include "$old/build/lib/libebpfinspect.so" "$build/lib/libebpfinspect.so" || status=$?
    [ $((status & 8)) = 0 ] || fail "the ABI of $tag is broken"
}

declared >"$tmp/header"
in_map >"$tmp/map"
exported >"$tmp/library"
[ -s "$tmp/header" ] || fail "no declaration was found"
diff -u "$tmp/header" "$tmp/map" || fail "the headers and lib/libebpfinspect.map differ"
diff -u "$tmp/map" <(grep -v '^EBPFINSPECT_' "$tmp/library") || fail "lib/libebpfinspect.map and the library differ"
for header in include/ebpfinspect/*.h "$build"/include/ebpfinspect/*.h; do
    case $header in *[./]bpf.h) compiles_for_bpf "${header##*/}" ;; *) compiles_alone "${header##*/}"; has_no_padding "${header##*/}" ;; esac
done
compare_with_last_release
exit $failed
