/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* BPF_PROG_TEST_RUN: runs a loaded program on one packet in memory. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>

/* The shortest and the longest packet, in bytes, that the running kernel accepts for a hook's programs. */
struct test_limits {
	uint32_t least, most;
};

/* Finds the limits by trials with an empty program: kernels differ. Negative errno. */
int test_run_limits(enum ebpfi_hook hook, struct test_limits *limits);

/* Runs a program once. -EINVAL: the kernel does not accept this packet. */
int test_run(int program_fd, const void *packet, uint32_t size);
