/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What this thread may do, as the kernel's capabilities. */
#pragma once

#include <stdbool.h>

enum right {
	RIGHT_BPF = 1 << 0,       /* CAP_BPF: load programs and maps */
	RIGHT_NET_ADMIN = 1 << 1, /* CAP_NET_ADMIN: XDP and tc */
	RIGHT_NET_RAW = 1 << 2,   /* CAP_NET_RAW: packet sockets */
	RIGHT_SYS_ADMIN = 1 << 3, /* CAP_SYS_ADMIN: other network namespaces */
	RIGHT_PERFMON = 1 << 4,   /* CAP_PERFMON: pointer arithmetic, bpf_printk, kernel memory */
};

/* Which of the rights this thread does not have. */
unsigned int rights_lacking(unsigned int wanted);

/*
 * One sentence about the rights that are missing, or, when none is, that the kernel refused all the same. Valid until the next
 * call in this thread.
 */
const char *rights_missing(unsigned int wanted);
