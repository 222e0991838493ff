#!/bin/bash
# usage: deps.sh [--list] GROUP...
#
# The Debian and Ubuntu packages that a fresh machine needs, by group: build, demo, test, record, vm, clangs, fresh, package.
# Installs the missing ones as root or through sudo. Needs no network if none is missing.
#   --list  only prints the names of the groups' packages, missing or not
# Does not start or enable services that come with a package (nginx, ssh), and removes nothing.

set -eu

# name|other: the first that is installed or that apt knows. name?: skipped if apt does not know it.
declare -A groups=(
    [build]='cmake ninja-build gcc libc6-dev linux-libc-dev clang bpftool|linux-tools-generic pkg-config
        libbpf-dev libelf-dev zlib1g-dev libpcap-dev libzstd-dev libncurses-dev libnghttp2-dev check'
    [demo]='nginx curl iproute2'
    [test]='g++ libclang-rt-dev|libclang-common-14-dev nginx curl iproute2 libcap2-bin tcpdump tshark abigail-tools ethtool iperf3 wrk
        python3 httpry netbase libglib2.0-dev libuv1-dev binutils git make mandoc shellcheck ccache
        nghttp2-server nghttp2-proxy nghttp2-client node-llhttp? tmux'
    [record]='nginx curl iperf3 dnsmasq-base bind9-dnsutils openssh-server openssh-client tcpdump iproute2 ethtool'
    [vm]='qemu-system-x86 cpio kmod busybox xz-utils dash'
    [clangs]='clang-14? clang-15? clang-16? clang-19?'
    [fresh]='debootstrap debian-archive-keyring'
    [package]='debhelper dpkg-dev lintian'
)

die() { echo "deps.sh: $1" >&2; exit 1; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
is_known() { [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]; }

# Prints the package to install, or nothing if one of the alternatives is installed.
choose() {
    local name names
    [[ $1 != *\? ]] || is_known "${1%\?}" || return 0
    IFS='|' read -ra names <<<"${1%\?}"
    for name in "${names[@]}"; do
        ! is_installed "$name" || return 0
        ! is_known "$name" || { echo "$name"; return; }
    done
    echo "${names[0]}"
}

find_missing() {
    local entry
    missing=()
    for entry in "$@"; do
        entry=$(choose "$entry")
        [ -z "$entry" ] || missing+=("$entry")
    done
}

# Root, or a sudo that does not wait for a password without a terminal.
find_root() {
    as_root=()
    [ "$(id -u)" != 0 ] || return 0
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)
    { type -P sudo >/dev/null && "${as_root[@]}" true 2>/dev/null; } ||
        die "these packages are missing, and only root can install them: apt-get install ${missing[*]}"
}

# SYSTEMD_OFFLINE (systemd) and RUNLEVEL (sysvinit) keep maintainer scripts from starting services, and needrestart from restarting
# others. They are variables, so no file is left behind. After Ctrl-C apt still finishes the dpkg run and its hook.
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 RUNLEVEL=1 NEEDRESTART_SUSPEND=1 \
        apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

# keep_down SERVICE: adds to install_missing's options
keep_down() {
    options+=(-o "DPkg::Post-Invoke::=[ ! -e /etc/init.d/$1 ] || update-rc.d $1 disable >/dev/null 2>&1 || :")
}

install_missing() {
    local options=(--no-install-recommends --no-remove -o Dpkg::Options::=--force-confold)
    # A service that existed before stays as it is; a new one must not start at the next boot.
    is_installed nginx-common || keep_down nginx
    is_installed openssh-server || keep_down ssh
    echo "deps.sh: installing ${missing[*]}"
    apt "${options[@]}" install "${missing[@]}" >"$log" 2>&1
}

# An update helps if package lists are old and name deleted files, or are missing, as in a fresh container.
install_or_update() {
    ! install_missing || return 0
    echo "deps.sh: updating apt's package lists"
    apt update >"$log" 2>&1 || :
    find_missing "$@"
    install_missing || die "apt-get could not install ${missing[*]}: $(grep -m 1 '^E:' "$log" || tail -n 1 "$log")"
}

entries=()
list=false
for argument; do
    case $argument in
    --list) list=true ;;
    build | demo | test | record | vm | clangs | fresh | package)
        read -rd '' -a group <<<"${groups[$argument]}" || :
        entries+=("${group[@]}")
        ;;
    *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
! $list || { printf '%s\n' "${entries[@]%%[|?]*}" | sort -u; exit 0; }
type -P apt-get dpkg-query >/dev/null || {
    echo "deps.sh: this is neither Debian nor Ubuntu; if something is missing, install the equivalents of ${entries[*]%%[|?]*}" >&2
    exit 0
}
find_missing "${entries[@]}"
[ ${#missing[@]} -gt 0 ] || exit 0
find_root
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_or_update "${entries[@]}"
