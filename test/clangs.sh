#!/bin/bash
# usage: clangs.sh BUILD [KERNEL]...
#
# Builds the library with the BPF objects of each installed clang (clang-14, clang-15, ...). kernel_ordinary_user of BUILD attaches every
# inspector with only the documented rights, on this kernel, and on each KERNEL (see vm.sh) in one boot.
# Prints "Test: NAME", the output and "Test run", "Test fail" or "Test skip" for each clang and kernel, and exits 1 if one failed.

set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
program=$(realpath "$1")/test/kernel/kernel_ordinary_user lib=$(realpath "$1")/lib
shift
status=0 clangs=() running=()
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"

build() {
    local dir=build-clangs/$1 launcher=''
    launcher=$(type -P ccache) || :
    if ! { cmake -S . -B "$dir" -G Ninja -DEBPFI_WERROR=ON -DEBPFI_TESTS=OFF -DEBPFI_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_COMPILER=gcc -DCMAKE_C_COMPILER_LAUNCHER="$launcher" -DEBPFI_CLANG="$(type -P "$1")" &&
        cmake --build "$dir" --target ebpfinspect; } >"$tmp/log" 2>&1; then
        cat "$tmp/log"
        return 1
    fi
    mkdir "$tmp/$1"
    strip -o "$tmp/$1/libebpfinspect.so.0" "$dir/lib/libebpfinspect.so.0"
}

# try KERNEL-NAME PROGRAM DIRECTORY CLANG...: runs here, and unchanged in a guest
# shellcheck disable=SC2016 # expands in the shell that runs it
try='for clang in "${@:4}"; do
    echo "Test: $clang,Linux-$1"
    LD_LIBRARY_PATH=$3/$clang "$2"
    case $? in 0) echo "Test run" ;; 77) echo "Test skip" ;; *) echo "Test fail" ;; esac
done'

on_this_kernel() { test/alone.sh bash -c "$try" try "$(uname -r | cut -d- -f1)" "$program" "$tmp" "${clangs[@]}" 2>&1; }

on_kernel() {
    local outcome=0
    test/vm.sh "$1" -t 600 -L "$lib" -f "$tmp" -f "$program" -- bash -c "$try" try "$1" "$program" "$tmp" "${clangs[@]}" 2>&1 || outcome=$?
    case $outcome in
    0) ;;
    77) printf 'Test: clangs,Linux-%s\nTest skip\n' "$1" ;;
    *) printf 'Test: clangs,Linux-%s\nvm.sh ends with status %d\nTest fail\n' "$1" "$outcome" ;;
    esac
}

for clang in $(compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -uV); do
    if build "$clang"; then clangs+=("$clang"); else printf 'Test: build,%s\nTest fail\n' "$clang"; status=1; fi
done
[ ${#clangs[@]} -gt 0 ] || { printf 'Test: clangs\nSKIP: no clang-14, clang-15 or the like is installed: cmake/deps.sh clangs\nTest skip\n'; exit $status; }
outputs=("$tmp.here")
trap 'rm -rf "$tmp" "$tmp".*' EXIT
for kernel; do
    on_kernel "$kernel" >"$tmp.$kernel" &
    running+=($!)
    outputs+=("$tmp.$kernel")
done
on_this_kernel >"$tmp.here" || :
[ ${#running[@]} = 0 ] || wait "${running[@]}"
cat "${outputs[@]}"
! grep -qx 'Test fail' "${outputs[@]}" || status=1
exit $status
