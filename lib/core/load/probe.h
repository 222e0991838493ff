/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Finds out by small trials what the kernel can do; nothing stays behind. 0: it works. Else the kernel's negative errno:
 * -EOPNOTSUPP if the kernel lacks it, -EPERM if a right is missing to find out.
 */
#pragma once

#include <stdint.h>

#include <ebpfinspect/ebpfinspect.h>

int probe_program(unsigned int type, unsigned int flags);
int probe_map(unsigned int type);
int probe_helper(unsigned int program_type, unsigned int helper);

/* Ways to attach, tried with an impossible interface or mode, so that nothing is attached. */
int probe_xdp_link(void);
int probe_tcx(void);

/* Packets put back into the stack by BPF_PROG_TEST_RUN; the trial's packet is dropped. */
int probe_live_frames(void);
int probe_jit(void);

/* Whether maps are free of RLIMIT_MEMLOCK. */
int probe_memlock(void);

enum ebpfi_check_state probe_state(int result);
