#!/bin/bash
# once
# An installed copy, used like other projects use it: by pkg-config and find_package, after a move to another prefix.
set -eu
cd "$(dirname "$0")/../.."
build=$1 capture=$PWD/examples/demo.pcap
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() { echo "FAIL: $*"; exit 1; }

write_programs() {
    mkdir "$tmp/three" "$tmp/package"
    cat >"$tmp/three/main.c" <<'C'
#include <ebpfinspect/ebpfinspect.h>
static int count(void *ctx, const struct ebpfi_event *event) { return *(int *)ctx += !!event, 0; }
int main(int argc, char **argv) { int n = 0; struct ebpfi *s = ebpfi_new(count, &n, NULL); return argc < 2 || !s || ebpfi_replay(s, "packet", argv[1], NULL) || (ebpfi_free(s), n != 12); }
C
    cat >"$tmp/package/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C)
find_package(ebpfinspect 0.1 REQUIRED)
add_executable(main ../three/main.c)
target_link_libraries(main PRIVATE ebpfinspect::ebpfinspect)
CMAKE
}

# Built for one prefix, moved to another: only paths relative to the file itself still work.
install_and_move() {
    DESTDIR=$tmp/staged cmake --install "$build" --prefix /opt/before >/dev/null || fail "cmake --install"
    mv "$tmp/staged/opt/before" "$tmp/after"
    [ -z "$(find "$tmp/staged" -type f)" ] || fail "files outside of the prefix: $(find "$tmp/staged" -type f)"
    pc=$(find "$tmp/after" -name ebpfinspect.pc)
    lib=$(dirname "$(find "$tmp/after" -name libebpfinspect.so.0)")
    grep -rIl -e "$build" -e "$PWD" "$tmp/after" && fail "these name the build's own directories"
    ! grep -q /opt/before "$lib"/cmake/ebpfinspect/*.cmake || fail "the CMake package names the old prefix"
}

builds_with_pkg_config() {
    local flags
    flags=$(PKG_CONFIG_PATH=${pc%/*} pkg-config --cflags --libs ebpfinspect) || fail "pkg-config"
    # shellcheck disable=SC2086 # flags are words
    cc -Wall -Wextra -Werror "$tmp/three/main.c" $flags -o "$tmp/three/main" || fail "no program with $flags"
    LD_LIBRARY_PATH=$lib "$tmp/three/main" "$capture" || fail "the program of pkg-config does not see twelve packets"
    [ "$(PKG_CONFIG_PATH=${pc%/*} pkg-config --modversion ebpfinspect)" = "$(sed -n 's/^project(.*VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)" ] ||
        fail "ebpfinspect.pc names another version than CMakeLists.txt"
}

builds_with_find_package() {
    cmake -S "$tmp/package" -B "$tmp/package/build" -G "$(sed -n 's/^CMAKE_GENERATOR:.*=//p' "$build/CMakeCache.txt")" -DCMAKE_PREFIX_PATH="$tmp/after" >/dev/null || fail "find_package"
    cmake --build "$tmp/package/build" >/dev/null || fail "no program with find_package"
    "$tmp/package/build/main" "$capture" || fail "the program of find_package does not see twelve packets"
}

installs_what_it_should() {
    local file
    for file in bin/packets include/ebpfinspect/ebpfinspect.h include/ebpfinspect/event.h include/ebpfinspect/map.h include/ebpfinspect/version.h include/ebpfinspect/record.bpf.h \
        share/man/man1/packets.1 share/man/man3/ebpfi_attach.3 share/man/man7/ebpfinspect.7; do
        [ -f "$tmp/after/$file" ] || fail "$file is not installed"
    done
    env -u LD_LIBRARY_PATH "$tmp/after/bin/packets" -r "$capture" --count | grep -qx 12 || fail "the installed packets"
}

# In a package for /usr a run path is an error, and it is not needed.
has_no_run_path_in_usr() {
    cmake -S . -B "$tmp/usr" -G "$(sed -n 's/^CMAKE_GENERATOR:.*=//p' "$build/CMakeCache.txt")" -DCMAKE_INSTALL_PREFIX=/usr -DEBPFI_TESTS=OFF >/dev/null
    ! grep ORIGIN "$tmp/usr/examples/cmake_install.cmake" || fail "with the prefix /usr the programs have a run path"
}

has_a_clean_library() {
    local dynamic
    dynamic=$(readelf -dW "$lib/libebpfinspect.so.0")
    grep -q 'SONAME.*\[libebpfinspect\.so\.0\]' <<<"$dynamic" || fail "the SONAME is not libebpfinspect.so.0"
    ! grep -E 'RPATH|RUNPATH' <<<"$dynamic" || fail "the library has a run path"
    ! grep NEEDED <<<"$dynamic" | grep -vE '\[(libbpf\.so\.1|libelf\.so\.1|libz\.so\.1|libpcap\.so\.[0-9.]+|libzstd\.so\.1|libc\.so\.6|ld-linux[^]]*)\]' ||
        fail "the core links more than libbpf, libelf, zlib, libpcap and codecs"
}

write_programs
install_and_move
installs_what_it_should
builds_with_pkg_config
builds_with_find_package
has_a_clean_library
has_no_run_path_in_usr
