/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Tests features of the kernel by small trials, which leave nothing behind. 0: it works. -EOPNOTSUPP: the kernel lacks it. -EPERM: a
 * right for the trial is missing. Other negative errno from the kernel.
 */
#pragma once

#include <stdint.h>

#include <ebpfinspect/ebpfinspect.h>

int probe_program(unsigned int type, unsigned int flags);
int probe_map(unsigned int type);
int probe_helper(unsigned int program_type, unsigned int helper);

/* Ways to attach. The trial names an impossible interface or mode, so that nothing is attached. */
int probe_xdp_link(void);
int probe_tcx(void);

/* BPF_PROG_TEST_RUN that sends packets into the stack; the trial's packet is dropped. */
int probe_live_frames(void);
int probe_jit(void);

/* Whether maps are free of RLIMIT_MEMLOCK. */
int probe_memlock(void);

enum ebpfi_check_state probe_state(int result);
