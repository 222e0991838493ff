/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * What the kernel can do, found out by trying something tiny that leaves nothing behind. 0: it works. Negative errno as the kernel
 * said it, where -EOPNOTSUPP means that it does not have it, and -EPERM that it would not say.
 */
#pragma once

#include <stdint.h>

#include <ebpfinspect/ebpfinspect.h>

int probe_program(unsigned int type, unsigned int flags);
int probe_map(unsigned int type);
int probe_helper(unsigned int program_type, unsigned int helper);

/* Ways to attach; tried with an interface or a mode that cannot be, so that nothing is attached. */
int probe_xdp_link(void);
int probe_tcx(void);

/* Packets put back into the stack by BPF_PROG_TEST_RUN; the one that is tried is dropped. */
int probe_live_frames(void);
int probe_jit(void);

/* That maps are not counted against RLIMIT_MEMLOCK. */
int probe_memlock(void);

enum ebpfi_check_state probe_state(int result);
