/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * One ring of records per CPU, in an array that the library maps. All CPUs share the ring buffer: each record there costs a lock and cache
 * lines of other CPUs. Here one CPU writes and the library reads. The ring buffer takes records that do not fit here, and the empty record
 * that wakes the library. The library merges all records by time.
 */
#pragma once

#include <linux/types.h>

enum {
	PERCPU_RING_SIZE = 256 << 10, /* a power of two; it fits in the L2 cache */
	PERCPU_RECORD_MAX = 4096,     /* bytes of a record, rounded up */
	PERCPU_PADDING = 120,         /* keeps two CPUs from writing to neighbouring cache lines */
};

/* A record begins at a multiple of 8 bytes, with its length, the first field of struct ebpfi_event. */
struct percpu_ring {
	__u64 written; /* bytes written by the CPU's programs */
	__u8 apart[PERCPU_PADDING];
	__u64 read; /* bytes read by the library */
	__u8 apart_too[PERCPU_PADDING];
	__u8 records[PERCPU_RING_SIZE + PERCPU_RECORD_MAX]; /* the last record may extend past PERCPU_RING_SIZE */
};
