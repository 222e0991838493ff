/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Between the programs and the library: a CPU's own ring of records, in an array that both have in memory. The ring buffer is shared by
 * all CPUs, which cost each other a lock and the cache's lines; here one CPU writes and the library reads. What has no
 * room in its ring, or is too long for it, goes to the ring buffer, and so does the empty record that wakes the library. The library puts the
 * records of all in order by their time.
 */
#pragma once

#include <linux/types.h>

enum {
	PERCPU_RING_SIZE = 256 << 10, /* a power of two; it stays in a core's second cache */
	PERCPU_RECORD_MAX = 4096,     /* of a record with its rounding */
	PERCPU_PADDING = 120,         /* what two CPUs write is not in two neighbouring lines of the cache */
};

/* A record begins at a multiple of eight, with its length, a struct ebpfi_event's first field. */
struct percpu_ring {
	__u64 written; /* bytes so far, by the CPU's programs */
	__u8 apart[PERCPU_PADDING];
	__u64 read; /* by the library */
	__u8 apart_too[PERCPU_PADDING];
	__u8 records[PERCPU_RING_SIZE + PERCPU_RECORD_MAX]; /* the last one goes on behind the end */
};
