/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* From an event on the stack to a record in a per-CPU ring or the ring buffer, with the packet's first bytes behind it. */
#pragma once

#include "maps.h"
#include "percpu_ring.h"

enum {
	TAG_AT = 12, /* where an Ethernet header has its VLAN tag */
	TAG_SIZE = 4,
	PERCPU_DATA_MAX = 2048, /* for a packet's bytes */
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

SHARED(percpu_rings, struct percpu_ring);

/* This CPU's ring, if it has room for a record of that size, which is PERCPU_RECORD_MAX at most; NULL: it goes to the ring buffer. */
static __always_inline struct percpu_ring *percpu_ring_for(__u32 size)
{
	struct percpu_ring *ring = percpu_rings_read ? percpu_rings_of_cpu() : 0;

	if (!ring || ring->written - READ_ONCE(ring->read) + size > PERCPU_RING_SIZE)
		return 0;
	return ring;
}

static __always_inline void *percpu_ring_place(struct percpu_ring *ring)
{
	__u64 at = READ_ONCE(ring->written);

	mask_index(at, PERCPU_RING_SIZE - 8);
	return ring->records + at;
}

/* The record is finished. Only the ring buffer can wake the host: by an empty record that is discarded. */
static __always_inline void percpu_ring_submit(struct percpu_ring *ring, __u32 size, __u64 time_ns)
{
	__u64 flags = wake_flags(time_ns);
	void *bell;

	smp_store_release(&ring->written, ring->written + ((size + 7) & ~7U));
	if (flags == BPF_RB_NO_WAKEUP)
		return;
	bell = bpf_ringbuf_reserve(&events, sizeof(__u64), 0);
	if (bell)
		bpf_ringbuf_discard(bell, flags);
	else
		no_wake_until = 0;
}

/*
 * From 1 to `room` bytes, a power of two. By arithmetic and not by comparing: without CAP_PERFMON the verifier also follows the branch
 * that a processor might guess, and there a size that was just refused is used all the same (6.12).
 */
static __always_inline long load_some(const struct pkt *p, __u32 offset, void *to, __u32 size, __u32 room)
{
	size--;
	mask_index(size, room - 1);
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

/* From 1 to `room` bytes behind the record. */
static __always_inline long load_data(const struct pkt *p, struct ebpfi_packet *record, __u32 size, __u32 room)
{
	if (p->vlan_proto)
		return load_tagged(p, (__u8 *)(record + 1), size, room);
	return load_some(p, 0, record + 1, size, room);
}

/* The verifier needs the size as a constant; it does not know that a tag leaves less to load behind it. */
static __always_inline __u32 size_with(__u32 room)
{
	return sizeof(struct ebpfi_packet) + (room ? room + TAG_AT + TAG_SIZE : 0);
}

/* A record with room for `room` bytes of the packet, and those. */
static __always_inline struct ebpfi_packet *reserve(const struct pkt *p, __u32 data_len, __u32 room, long *failed)
{
	struct ebpfi_packet *record = bpf_ringbuf_reserve(&events, size_with(room), 0);

	if (record && room)
		*failed = load_data(p, record, data_len, room);
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
	if (data_len <= PERCPU_DATA_MAX)
		return reserve(p, data_len, PERCPU_DATA_MAX, failed);
	if (data_len <= 16384)
		return reserve(p, data_len, 16384, failed);
	return reserve(p, data_len, 65536, failed);
}

static __always_inline void finish(struct ebpfi_packet *record, const struct ebpfi_packet *event, long failed)
{
	*record = *event;
	if (!failed)
		return;
	record->event.len = sizeof(*event);
	record->data_len = 0;
}

/* One record in this CPU's ring, as long as it is. */
static __always_inline void emit_to_percpu_ring(struct percpu_ring *ring, const struct pkt *p, const struct ebpfi_packet *event)
{
	struct ebpfi_packet *record = percpu_ring_place(ring);

	finish(record, event, event->data_len ? load_data(p, record, event->data_len, PERCPU_DATA_MAX) : 0);
	percpu_ring_submit(ring, record->event.len, event->event.time_ns);
}

/*
 * One record. What does not depend on its size is there once: a socket filter is not attached if it is longer than
 * net.core.optmem_max, 20 KiB before Linux 6.7 and 8 bytes an instruction.
 */
static __always_inline long emit_packet(const struct pkt *p, const struct ebpfi_packet *event)
{
	struct percpu_ring *ring = event->data_len <= PERCPU_DATA_MAX ? percpu_ring_for(size_with(PERCPU_DATA_MAX)) : 0;
	struct ebpfi_packet *record;
	long failed = 0;

	if (ring) {
		emit_to_percpu_ring(ring, p, event);
		return 0;
	}
	record = reserve_for(p, event->data_len, &failed);
	if (!record)
		return -1;
	finish(record, event, failed);
	bpf_ringbuf_submit(record, wake_flags(event->event.time_ns));
	return 0;
}
