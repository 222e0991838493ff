/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The capabilities of this thread. */
#pragma once

#include <stdbool.h>

enum right {
	RIGHT_BPF = 1 << 0,       /* CAP_BPF: load programs and maps */
	RIGHT_NET_ADMIN = 1 << 1, /* CAP_NET_ADMIN: XDP and tc */
	RIGHT_NET_RAW = 1 << 2,   /* CAP_NET_RAW: packet sockets */
	RIGHT_SYS_ADMIN = 1 << 3, /* CAP_SYS_ADMIN: other network namespaces */
	RIGHT_PERFMON = 1 << 4,   /* CAP_PERFMON: pointer arithmetic, bpf_printk, kernel memory */
};

/* Returns the wanted rights that this thread lacks. */
unsigned int rights_lacking(unsigned int wanted);

/*
 * One sentence: the missing rights, or, if the thread has them all, that the kernel refused nevertheless. Valid until the
 * next call in this thread.
 */
const char *rights_missing(unsigned int wanted);
