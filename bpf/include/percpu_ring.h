/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Between the programs and the library: one ring of records per CPU, in an array that both map. All CPUs share the ring buffer: each
 * record there costs a lock and cache lines of other CPUs. Here one CPU writes and the library reads. The ring buffer takes the records
 * that find no room here or are too long, and the empty record that wakes the library. The library merges the records of all by time.
 */
#pragma once

#include <linux/types.h>

enum {
	PERCPU_RING_SIZE = 256 << 10, /* a power of two; it fits in the L2 cache */
	PERCPU_RECORD_MAX = 4096,     /* bytes of a record, rounded up */
	PERCPU_PADDING = 120,         /* two CPUs do not write to neighbouring cache lines */
};

/* A record begins at a multiple of 8 bytes, with its length, the first field of struct ebpfi_event. */
struct percpu_ring {
	__u64 written; /* bytes so far, by the CPU's programs */
	__u8 apart[PERCPU_PADDING];
	__u64 read; /* by the library */
	__u8 apart_too[PERCPU_PADDING];
	__u8 records[PERCPU_RING_SIZE + PERCPU_RECORD_MAX]; /* the last record may go on behind the end */
};
