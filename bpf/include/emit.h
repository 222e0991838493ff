/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* From an event on the stack to a record in the ring buffer, with the packet's first bytes behind it. */
#pragma once

#include "maps.h"

enum {
	TAG_AT = 12, /* where an Ethernet header has its VLAN tag */
	TAG_SIZE = 4,
	WAKE_EVERY_NS = 1000000,
	QUIET_MAX_NS = 4000000, /* what is further off was reckoned by a clock that has been set since */
};

/*
 * Until then, of the monotonic clock, nobody has to wake the host: it was woken and is on its way, or has said that it looks by itself.
 * Shared by all CPUs: a lost update costs one wake-up too many.
 */
LIVE(__u64, no_wake_until);

/*
 * For a record of what was seen at that time; to read the clock again costs as much as to copy the record.
 *
 * Wakes the host at most once a millisecond; the host looks again by itself after a wake-up, so what is written in between is not
 * forgotten.
 */
static __always_inline __u64 wake_flags(__u64 time_ns)
{
	__u64 now = monotonic_at(time_ns), quiet = no_wake_until - now;

	if (quiet && quiet <= QUIET_MAX_NS)
		return BPF_RB_NO_WAKEUP;
	no_wake_until = now + WAKE_EVERY_NS;
	return BPF_RB_FORCE_WAKEUP;
}

/*
 * From 1 to `room` bytes, a power of two. By arithmetic and not by comparing: without CAP_PERFMON the verifier also follows the branch
 * that a processor might guess, and there a size that was just refused is used all the same (6.12).
 */
static __always_inline long load_some(const struct pkt *p, __u32 offset, void *to, __u32 size, __u32 room)
{
	size--;
	bounded(size, room - 1);
	return pkt_load(p, offset, to, size + 1);
}

/* Copies with the tag put back where the wire had it. */
static __always_inline long load_tagged(const struct pkt *p, __u8 *to, __u32 size, __u32 room)
{
	to[TAG_AT] = p->vlan_proto >> 8;
	to[TAG_AT + 1] = p->vlan_proto & 0xff;
	to[TAG_AT + 2] = p->vlan_tci >> 8;
	to[TAG_AT + 3] = p->vlan_tci & 0xff;
	if (pkt_load(p, 0, to, TAG_AT))
		return -1;
	if (size <= TAG_AT + TAG_SIZE)
		return 0;
	return load_some(p, TAG_AT, to + TAG_AT + TAG_SIZE, size - TAG_AT - TAG_SIZE, room);
}

/*
 * A record with room for `room` bytes of the packet, and those. The verifier needs the size as a constant; it does not know that a tag
 * leaves less to load behind it.
 */
static __always_inline struct ebpfi_packet *reserve(const struct pkt *p, __u32 data_len, __u32 room, long *failed)
{
	struct ebpfi_packet *record = bpf_ringbuf_reserve(&events, sizeof(*record) + (room ? room + TAG_AT + TAG_SIZE : 0), 0);

	if (!record || !room)
		return record;
	*failed = p->vlan_proto ? load_tagged(p, (__u8 *)(record + 1), data_len, room)
				: load_some(p, 0, record + 1, data_len, room);
	return record;
}

/* Records come in a few sizes: an Ethernet frame at 1500, a jumbo frame, a super-packet. */
static __always_inline struct ebpfi_packet *reserve_for(const struct pkt *p, __u32 data_len, long *failed)
{
	if (!data_len)
		return reserve(p, data_len, 0, failed);
	if (data_len <= 64)
		return reserve(p, data_len, 64, failed);
	if (data_len <= 256)
		return reserve(p, data_len, 256, failed);
	if (data_len <= 2048)
		return reserve(p, data_len, 2048, failed);
	if (data_len <= 16384)
		return reserve(p, data_len, 16384, failed);
	return reserve(p, data_len, 65536, failed);
}

/*
 * One record. What does not depend on its size is there once: a socket filter is not attached if it is longer than
 * net.core.optmem_max, 20 KiB before Linux 6.7 and 8 bytes an instruction.
 */
static __always_inline long emit_packet(const struct pkt *p, const struct ebpfi_packet *event)
{
	long failed = 0;
	struct ebpfi_packet *record = reserve_for(p, event->data_len, &failed);

	if (!record)
		return -1;
	*record = *event;
	if (failed) {
		record->event.len = sizeof(*event);
		record->data_len = 0;
	}
	bpf_ringbuf_submit(record, wake_flags(event->event.time_ns));
	return 0;
}
