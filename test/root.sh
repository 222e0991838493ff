#!/bin/bash
# usage: root.sh SUITE DIRECTORY COMMAND [ARG]...
#
# Runs COMMAND as root in a bare Debian SUITE (bookworm, trixie) made by debootstrap, in /src, a copy of DIRECTORY. It uses this machine's
# kernel and network, and apt's mirror and proxy. When it ends, its mounts, processes and files are gone.
# Bare roots and packages stay in ${EBPFI_ROOT_CACHE:-~/.cache/ebpfinspect/root}; a root is made again after 30 days.
#
# Exit status: COMMAND's; or 2 usage, 77 no such root can be made here.

set -eu
PATH=$PATH:/usr/sbin:/sbin

skip() { echo "SKIP: $1" >&2; exit 77; }

# Runs in the namespaces. Their end unmounts and kills everything, whatever the cause.
if [ "${1-}" = --inside ]; then
    root=$2 archives=$3
    shift 3
    # A mount namespace in the chroot can be made private only if the chroot is a mount point.
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount --bind "$archives" "$root/var/cache/apt/archives"
    # shellcheck disable=SC2016 # expands in the root
    exec env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
        chroot "$root" bash -c 'cd /src && exec "$@"' root "$@"
fi

[[ $# -ge 3 && $1 =~ ^[a-z]+$ ]] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
suite=$1 directory=$2
shift 2
[ "$(id -u)" = 0 ] || skip "a bare root needs root"
type -P debootstrap apt-get >/dev/null || skip "debootstrap is missing: cmake/deps.sh fresh"
unshare -m -p -f true 2>/dev/null || skip "namespaces for mounts and processes cannot be made here"
cache=${EBPFI_ROOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ebpfinspect/root}
tar=$cache/$suite.tar archives=$cache/$suite.archives
mkdir -p "$archives/partial"
exec 9>"$tar.lock"
flock 9
tmp=$(mktemp -d) running=''

# shellcheck disable=SC2317 # called by trap
cleanup() {
    [ -z "$running" ] || { kill -KILL "$running" 2>/dev/null || :; wait "$running" 2>/dev/null || :; }
    rm -rf --one-file-system "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Uses this machine's own sources, also for the other suite. Third-party sources do not have its codename.
host_suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
# shellcheck disable=SC2016 # apt expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $host_suite" 2>/dev/null | head -n 1)
[ -n "$mirror" ] || skip "apt has no list of $host_suite: run apt-get update"

make_root() {
    local include=()
    [[ $mirror != https:* ]] || include=(--include=ca-certificates)
    [ -z "$(find "$tar" -mtime -30 2>/dev/null)" ] || return 0
    echo "root.sh: making a bare $suite" >&2
    debootstrap --variant=minbase ${include[@]+"${include[@]}"} "$suite" "$tmp/made" "$mirror" >"$tmp/log" 2>&1 ||
        skip "debootstrap made no $suite: $(tail -n 1 "$tmp/log")"
    rm -rf "$tmp"/made/var/cache/apt/* "$tmp"/made/var/lib/apt/lists/*
    tar -C "$tmp/made" -cf "$tar.part" .
    mv "$tar.part" "$tar"
    rm -rf "$tmp/made"
}

configure_apt() {
    local etc=$1/etc file
    rm -f "$etc/apt/sources.list"
    while IFS='' read -r file; do
        sed "s/\b$host_suite\b/$suite/g" "$file" >"$etc/apt/${file#/etc/apt/}"
    done < <(grep -lw "$host_suite" /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null)
    cp -r /etc/apt/auth.conf.d /etc/apt/trusted.gpg.d "$etc/apt/"
    apt-config dump | grep -E '^Acquire::.*(Proxy|Check-)' >"$etc/apt/apt.conf.d/90host" || :
    cp -L /etc/resolv.conf /etc/hosts "$etc/"
}

make_root
mkdir -p "$tmp/root/src" "$tmp/root/var/cache/apt/archives"
tar -C "$tmp/root" -xf "$tar"
mkdir -p "$tmp/root/var/cache/apt/archives"
configure_apt "$tmp/root"
cp -a "$directory/." "$tmp/root/src"
unshare -m -p -f --kill-child --propagation private bash "$0" --inside "$tmp/root" "$archives" "$@" </dev/null 9>&- &
running=$!
status=0
wait "$running" || status=$?
running=''
exit $status
