#!/bin/bash
# usage: package.sh
#
# The Debian packages: dpkg-buildpackage makes them from a copy of the tree, and lintian accepts them. If a bare root can be made (root,
# debootstrap), they are installed in one, and a program that links the library and `http -r` run there.
# Exit status: 0, 1 a fault, 77 no packages can be made here.

set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

skip() { echo "SKIP: $1"; exit 77; }
fail() { echo "FAIL: $1"; exit 1; }

type -P dpkg-buildpackage dh lintian >/dev/null || skip "dpkg-buildpackage, dh or lintian is missing: cmake/deps.sh package"
mkdir -p "$tmp/tree" "$tmp/debs"
test/copy.sh "$tmp/tree"
(cd "$tmp/tree" && dpkg-buildpackage -b -us -uc) >"$tmp/log" 2>&1 || { tail -n 40 "$tmp/log"; fail "dpkg-buildpackage -b"; }
said=$(lintian --allow-root --fail-on error,warning "$tmp"/*.changes 2>&1 | grep -E '^[EWI]: ' || :)
[ -z "$said" ] || fail "lintian says $said"
rm "$tmp"/*-dbgsym_*
cp "$tmp"/*.deb "$tmp/tree/examples/demo.pcap" "$tmp/debs"
for package in libebpfinspect0 libebpfinspect-dev ebpfinspect-tools; do
    [ -f "$(echo "$tmp/debs/$package"_*.deb)" ] || fail "package $package is missing"
done
cat >"$tmp/debs/user.c" <<'C'
#include <ebpfinspect/ebpfinspect.h>
int main(void) { ebpfi_free(ebpfi_new(0, 0, 0)); return 0; }
C
status=0
# shellcheck disable=SC2016 # expands in the root
test/root.sh bookworm "$tmp/debs" bash -euc '
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install ./*.deb gcc libc6-dev pkg-config
    http -r demo.pcap --json
    cc user.c $(pkg-config --cflags --libs ebpfinspect) -o user
    ./user && echo "the user ran"' >"$tmp/out" 2>"$tmp/err" || status=$?
[ "$status" != 77 ] || skip "the packages are made, but not tried in a bare root: $(sed -n 's/^SKIP: //p' "$tmp/err")"
[ "$status" = 0 ] || { cat "$tmp/out" "$tmp/err"; fail "in the bare root"; }
grep -q '"url.path":"/"' "$tmp/out" || { cat "$tmp/out"; fail "http -r shows no request for /"; }
grep -qx 'the user ran' "$tmp/out" || fail "the program that links the library did not run"
