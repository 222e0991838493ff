#!/bin/bash
# usage: alone.sh COMMAND [ARG]...
#
# Runs COMMAND in a private mount namespace without bpffs, tracefs and debugfs, as on a freshly installed machine. A test that needs one
# of them mounts it. Without the right to make a namespace, just runs COMMAND.

set -eu
if [ "${1-}" = --inside ]; then
    shift
    while read -r _ directory type _; do
        case $type in bpf | tracefs | debugfs) umount -l "$directory" ;; esac
    done </proc/self/mounts
    exec "$@"
fi
[ $# -gt 0 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 2; }
unshare -m true 2>/dev/null || exec "$@"
exec unshare -m --propagation private bash "$0" --inside "$@"
