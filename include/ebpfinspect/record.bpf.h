/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * For BPF programs: ring buffers that count lost records. The kernel does not count them if a program cannot reserve room. A
 * buffer made by EBPFI_RING(events, bytes) has a counter beside it, which ebpfi_record_stats() reports.
 */
#ifndef EBPFINSPECT_RECORD_BPF_H
#define EBPFINSPECT_RECORD_BPF_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* `bytes` is the page size times a power of two. */
#define EBPFI_RING(name, bytes)                                                                                                \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                                            \
		__uint(max_entries, bytes);                                                                                    \
	} name SEC(".maps");                                                                                                   \
	__u64 name##_lost = 0

/* Room for one record of a type, to be submitted by bpf_ringbuf_submit(). NULL, and counted as lost, if there is none. */
#define ebpfi_reserve(ring, type)                                                                                              \
	({                                                                                                                     \
		type *ebpfi_record_ = bpf_ringbuf_reserve(&ring, sizeof(type), 0);                                             \
		if (!ebpfi_record_)                                                                                            \
			__sync_fetch_and_add(&ring##_lost, 1);                                                                 \
		ebpfi_record_;                                                                                                 \
	})

/* Copies one record into the buffer. 0; or a negative errno, and counted as lost. */
#define ebpfi_output(ring, data, size)                                                                                         \
	({                                                                                                                     \
		long ebpfi_err_ = bpf_ringbuf_output(&ring, data, size, 0);                                                    \
		if (ebpfi_err_)                                                                                                \
			__sync_fetch_and_add(&ring##_lost, 1);                                                                 \
		ebpfi_err_;                                                                                                    \
	})

#endif
