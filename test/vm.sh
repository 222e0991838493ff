#!/bin/bash
# usage: vm.sh KERNEL [-t SECONDS] [-L DIR]... [-f FILE]... -- COMMAND [ARG]...
#
# Runs COMMAND as root on Linux KERNEL (6.1 or 6.12: Debian's, in qemu, no KVM
# needed) and exits with its status.
#   -t SECONDS  give up after this time, boot included (default 120)
#   -f FILE     put a file or directory into the guest, same absolute path
#   -L DIR      LD_LIBRARY_PATH, here for ldd and in the guest
# COMMAND and the programs among the files get their shared libraries.
# It starts in the caller's directory, without standard input. The guest has
# ip, tc, bash, busybox (ethtool, bpftool if they are here), cgroup2, veth,
# tun, dummy, VLANs, and no outside network. COMMAND itself mounts bpffs and
# tracefs.
#
# Exit status: COMMAND's; or 2 usage, 77 no qemu or no such kernel,
# 124 timeout, 125 the guest was not made, panicked or sent no status.
# Kernels stay in ${EBPFI_VM_CACHE:-~/.cache/ebpfinspect/vm}; remove one there
# to fetch the newest.

set -eu

PATH=$PATH:/usr/sbin:/sbin
kernel='' seconds=120 libs='' files=() command=()
tmp='' part='' tree='' root='' vm=''

die() { echo "vm.sh: $2" >&2; exit "$1"; }
skip() { echo "SKIP: $1" >&2; exit 77; }
bad_usage() { die 2 "$1; see vm.sh --help."; }

# shellcheck disable=SC2317 # called by trap
cleanup() {
    # timeout(1) forwards the signal to its qemu.
    [ -z "$vm" ] || { kill "$vm" 2>/dev/null || :; wait "$vm" || :; }
    rm -rf ${tmp:+"$tmp"} ${part:+"$part"}
}

absolute() { realpath -se -- "$1" 2>/dev/null || bad_usage "$1 does not exist"; }

parse() {
    local option
    case ${1-} in
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    6.1 | 6.12) kernel=$1; shift ;;
    *) bad_usage "KERNEL is 6.1 or 6.12, not '${1-}'" ;;
    esac
    while getopts :t:f:L: option; do
        case $option in
        t) seconds=$OPTARG ;;
        f) files+=("$(absolute "$OPTARG")") ;;
        L) libs+=${libs:+:}$(absolute "$OPTARG") ;;
        *) bad_usage "option -$OPTARG is unknown or lacks its value" ;;
        esac
    done
    [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]] || bad_usage "-t takes whole seconds, not '$seconds'"
    command=("${@:OPTIND}")
    [ ${#command[@]} -gt 0 ] || bad_usage "COMMAND is missing"
}

need_tools() {
    local tool
    for tool in qemu-system-x86_64:qemu-system-x86 apt-get:apt dpkg:dpkg modprobe:kmod xz:xz-utils \
        cpio:cpio busybox:busybox dash:dash ip:iproute2 tc:iproute2 ldd:libc-bin; do
        type -P "${tool%:*}" >/dev/null || skip "${tool%:*} is missing; install the Debian package ${tool#*:}."
    done
}

fetch_kernel() {
    local package
    # The metapackage is 6.1 on Debian 12 and 6.12 on Debian 13: the package that it depends on decides.
    package=$(apt-cache show --no-all-versions "linux-image-$kernel-cloud-amd64" linux-image-cloud-amd64 2>/dev/null |
        sed -nE "s/^Depends: (.*, )?(linux-image-${kernel/./\\.}\.[^ ,]+).*/\2/p" | head -n 1)
    [ -n "$package" ] || skip "apt knows no Debian cloud kernel $kernel; run apt-get update, or add Debian's archive."
    mkdir "$tmp/deb"
    (cd "$tmp/deb" && apt-get -q download "$package" >../apt.log 2>&1) ||
        skip "$package could not be downloaded; see to this first: $(grep -m 1 '^E:' "$tmp/apt.log")"
    dpkg -x "$tmp"/deb/*.deb "$part" || die 125 "$package does not unpack; make room in ${part%/*}."
    # kmod looks below /lib or below /usr/lib, depending on the distribution.
    ln -sT usr/lib "$part/lib" 2>/dev/null || ln -sT ../lib "$part/usr/lib"
    depmod -b "$part" "$(basename "$part"/lib/modules/*)"
}

# Only a complete tree gets the final name, so whatever has that name can be used.
find_kernel() {
    local cache=${EBPFI_VM_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set, set EBPFI_VM_CACHE}/.cache}/ebpfinspect/vm}
    tree=$(realpath -sm -- "$cache")/$kernel
    { mkdir -p "$cache" && exec 9>"$tree.lock"; } ||
        die 125 "$cache cannot be written; set EBPFI_VM_CACHE to a directory of yours."
    flock 9
    if [ ! -d "$tree" ]; then
        part=$tree.part
        rm -rf "$part" # of a run that was killed
        fetch_kernel
        mv "$part" "$tree"
        part=''
    fi
    exec 9>&-
}

copy() {
    case $1/ in // | /proc/* | /sys/* | /dev/*) bad_usage "$1 cannot be put into the guest" ;; esac
    mkdir -p "$root${1%/*}"
    if [ -d "$1" ]; then cp -aT "$1/" "$root$1"; else cp -LpT --remove-destination "$1" "$root$1"; fi ||
        die 125 "$1 could not be copied; make it readable, and make room in $tmp."
}

# ldd refuses static programs and BPF objects, which need no library. For others it also lists indirect dependencies.
add_libraries() {
    local found lib
    found=$(LD_LIBRARY_PATH=$libs ldd "$1" 2>/dev/null) || return 0
    [[ $found != *'not found'* ]] ||
        die 125 "$1 needs $(awk '/not found/ { print $1; exit }' <<<"$found"); say where it is with -L DIR."
    while read -r lib; do
        [ -f "$root$lib" ] || copy "$lib"
    done < <(sed -nE 's/^[^/]*(\/.*) \(0x[0-9a-f]+\)$/\1/p' <<<"$found")
}

add() {
    local file magic
    copy "$1"
    while IFS='' read -r -d '' file; do
        IFS='' LC_ALL=C read -r -N 4 magic <"$file" || :
        [ "$magic" != $'\177ELF' ] || add_libraries "$file"
    done < <(find -H "$1" -type f \( -perm -u+x -o -name '*.so*' \) -print0)
}

add_tools() {
    local tool
    for tool in dash bash busybox ip tc ethtool bpftool; do
        tool=$(type -P "$tool") && add "$tool"
    done
    ln -sf "$(type -P dash)" "$root/usr/bin/sh"
    # glibc loads it when a thread is cancelled, so ldd does not list it.
    tool=$(ldconfig -p | awk '/libgcc_s\.so\.1 .*x86-64/ { print $NF; exit }')
    [ -z "$tool" ] || add "$tool"
    # Last, because it keeps existing files: its ip, tc and shells must not replace the real ones.
    busybox --install -s "$root/usr/bin"
    find "$root/usr/bin" -lname '*/busybox' \( -name 'ip*' -o -name tc -o -name '*sh' \) -delete
}

# Numbered in the order of dependencies: init loads them in this order, without autoloading.
add_modules() {
    local file count=100 release=("$tree"/lib/modules/*)
    modprobe -C /dev/null -d "$tree" -S "${release[0]##*/}" --show-depends \
        -a veth sch_ingress cls_bpf tun dummy 8021q >"$tmp/needs" ||
        die 125 "kernel $kernel lacks the module named above; remove $tree to have it fetched again."
    while read -r file; do
        count=$((count + 1))
        case $file in *.xz) xz -dc "$file" ;; *) cat "$file" ;; esac >"$root/vm/$count.ko"
    done < <(awk 'sub(/^insmod /, "") && !seen[$0]++' "$tmp/needs")
}

add_command() {
    local program
    if program=$(type -P "${command[0]}"); then
        command[0]=$(absolute "$program")
        [ -f "$root${command[0]}" ] || add "${command[0]}"
    fi
    mkdir -p "$root$PWD"
    printf 'cd %q || exit 125\nexport LD_LIBRARY_PATH=%q\n' "$PWD" "$libs" >"$root/vm/command"
    printf '%q ' "${command[@]}" >>"$root/vm/command"
}

# An error ends init, and the kernel panics: an incomplete guest never passes.
write_init() {
    cat >"$root/init" <<'INIT'
#!/bin/sh
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup /sys/fs/cgroup
ln -s /proc/self/fd /dev/fd
for module in /vm/*.ko; do insmod "$module"; done
ip link set lo up
stty -F /dev/ttyS0 raw
stty -F /dev/ttyS1 raw
status=0
bash /vm/command </dev/null >/dev/ttyS1 2>&1 || status=$?
# stty waits until all output is sent; poweroff does not.
stty -F /dev/ttyS1 raw
echo "vm-status $status"
stty -F /dev/ttyS0 raw
poweroff -f
INIT
    chmod +x "$root/init"
}

# The guest's / is a tmpfs: another one on /tmp would hide the files of -f.
build_initrd() {
    local file
    root=$tmp/root
    mkdir -p "$root"/{dev,proc,sys,run,root,tmp,etc,vm} "$root"/usr/{bin,sbin,lib,lib64}
    chmod 1777 "$root/tmp"
    ln -s usr/{bin,sbin,lib,lib64} "$root"
    printf '%s\n' root:x:0:0::/root:/bin/sh nobody:x:65534:65534::/:/bin/sh >"$root/etc/passwd"
    printf '%s\n' root:x:0: nogroup:x:65534: >"$root/etc/group"
    printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$root/etc/hosts"
    for file in "${files[@]}"; do add "$file"; done
    add_command
    add_tools
    add_modules
    write_init
    (cd "$root" && find . -print0 | cpio --quiet -0 -o -H newc -R 0:0) >"$tmp/initrd" ||
        die 125 "the guest's files do not pack; make room in $tmp."
}

fail() {
    cat "$tmp/console" "$tmp/qemu.log" 2>/dev/null | tr -d '\r' | tail -n 100 >&2
    die "$@"
}

# Two serial lines: messages of kernel and init, with the status, do not mix with COMMAND's output.
run_guest() {
    local memory reader
    memory=$((512 + 4 * $(stat -c %s "$tmp/initrd") / 1048576))
    # qemu makes its output non-blocking for all processes that share it; cat protects the caller's output.
    exec 3> >(exec cat)
    reader=$!
    timeout -k 5 "$seconds" qemu-system-x86_64 -M pc -cpu max -smp 1 -m "$memory" -no-reboot \
        -nodefaults -no-user-config -display none -serial "file:$tmp/console" -serial stdio \
        -kernel "$(echo "$tree"/boot/vmlinuz-"$kernel".*)" -initrd "$tmp/initrd" \
        -append 'console=ttyS0 loglevel=1 panic=-1 oops=panic' </dev/null >&3 2>"$tmp/qemu.log" &
    vm=$!
    exec 3>&-
    outcome=0
    wait "$vm" || outcome=$?
    vm=''
    wait "$reader" || :
}

# Passes only if the run ended by itself, without a panic, with exactly one status.
judge() {
    local status
    case $outcome in
    124 | 137) fail 124 "the command was not done within $seconds s on Linux $kernel; give it more with -t if it needs more." ;;
    esac
    ! grep -aq 'Kernel panic' "$tmp/console" || fail 125 "Linux $kernel panicked; its last words are above."
    status=$(sed -n 's/^vm-status //p' "$tmp/console")
    [[ $outcome = 0 && $status =~ ^[0-9]+$ ]] ||
        fail 125 "Linux $kernel stopped without telling the command's status; what it and qemu said is above."
    exit "$status"
}

parse "$@"
trap cleanup EXIT
need_tools
tmp=$(mktemp -d)
find_kernel
build_initrd
run_guest
judge
