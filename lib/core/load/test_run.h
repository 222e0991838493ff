/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* BPF_PROG_TEST_RUN: a loaded program on one packet of ours. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>

/* Bytes of a packet that the running kernel takes for a hook's programs. */
struct test_limits {
	uint32_t least, most;
};

/* Finds the limits by trying, on a program that does nothing: kernels differ. Negative errno. */
int test_run_limits(enum ebpfi_hook hook, struct test_limits *limits);

/* Runs a program once. -EINVAL: the kernel does not take this packet. */
int test_run(int program_fd, const void *packet, uint32_t size);
