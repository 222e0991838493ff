#!/bin/bash
# once
# Tests start without bpffs, tracefs, debugfs and corpus, whatever the machine has mounted.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "FAIL: $*"; exit 1; }

! grep -E ' (bpf|tracefs|debugfs) ' /proc/self/mounts || fail "this test was started with file systems that it did not mount"
! grep -rn --include='*.c' --include='*.h' --include='*.sh' 'shared/[c]orpus' . | grep -v '^\./run\.sh:' || fail "these look for a corpus that nobody named"
unshare -m true 2>/dev/null || { echo "SKIP: a mount namespace cannot be made here"; exit 77; }
mount -t bpf none /sys/fs/bpf
mount -t tracefs none /sys/kernel/tracing
./alone.sh grep -E ' (bpf|tracefs|debugfs) ' /proc/self/mounts && fail "alone.sh leaves these mounted"
[ "$(grep -cE ' (bpf|tracefs) ' /proc/self/mounts)" = 2 ] || fail "alone.sh changed the mounts of its caller"
