/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Writes an event as a record, followed by the packet's first bytes, into this CPU's ring or the ring buffer. */
#pragma once

#include "maps.h"
#include "percpu_ring.h"

enum {
	TAG_AT = 12, /* offset of the VLAN tag in an Ethernet header */
	TAG_SIZE = 4,
	PERCPU_DATA_MAX = 2048, /* for a packet's bytes */
	WAKE_EVERY_NS = 1000000,
	QUIET_MAX_NS = 4000000, /* a later time means that the clock was set */
};

/*
 * Until this time on the monotonic clock, no program wakes the host: the host was already woken, or has announced that it polls. All CPUs
 * share the variable; a lost update costs one extra wake-up.
 */
LIVE(__u64, no_wake_until);

/*
 * Wakes the host at most once per millisecond. The host polls again after a wake-up, so it finds records written in between.
 * `time_ns` is the record's timestamp: reading the clock again costs as much as copying the record.
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

/* This CPU's ring, if it has room for a record of `size` bytes (PERCPU_RECORD_MAX at most). NULL: use the ring buffer. */
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

/* Publishes a finished record. Only the ring buffer can wake the host, so this discards an empty record there. */
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
 * Loads from 1 to `room` bytes; `room` is a power of two. The size is masked, not compared: without CAP_PERFMON the verifier of 6.12 also
 * follows the branch that a processor may mispredict, and that branch would use a refused size.
 */
static __always_inline long load_some(const struct pkt *p, __u32 offset, void *to, __u32 size, __u32 room)
{
	size--;
	mask_index(size, room - 1);
	return pkt_load(p, offset, to, size + 1);
}

/* Loads bytes and puts the VLAN tag back in its original place. */
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

/* Loads from 1 to `room` bytes to the memory after the record. */
static __always_inline long load_data(const struct pkt *p, struct ebpfi_packet *record, __u32 size, __u32 room)
{
	if (p->vlan_proto)
		return load_tagged(p, (__u8 *)(record + 1), size, room);
	return load_some(p, 0, record + 1, size, room);
}

/* A constant, for the verifier. It cannot know that a tag leaves fewer bytes to load. */
static __always_inline __u32 size_with(__u32 room)
{
	return sizeof(struct ebpfi_packet) + (room ? room + TAG_AT + TAG_SIZE : 0);
}

/* Reserves a record with room for `room` bytes of the packet, and loads them. */
static __always_inline struct ebpfi_packet *reserve(const struct pkt *p, __u32 data_len, __u32 room, long *failed)
{
	struct ebpfi_packet *record = bpf_ringbuf_reserve(&events, size_with(room), 0);

	if (record && room)
		*failed = load_data(p, record, data_len, room);
	return record;
}

/* The sizes suit headers, an Ethernet frame of 1500 bytes, a jumbo frame, a super-packet. */
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

static __always_inline void finish_packet(struct ebpfi_packet *record, const struct ebpfi_packet *event, long failed)
{
	*record = *event;
	if (!failed)
		return;
	record->event.len = sizeof(*event);
	record->data_len = 0;
}

/*
 * Copies any event as one record. It begins with a struct ebpfi_event, and `size` is a constant, PERCPU_RECORD_MAX at most. Sets the
 * event's length and time. Negative: no room.
 */
static __always_inline long emit_record(struct ebpfi_event *event, __u32 size)
{
	struct percpu_ring *ring = percpu_ring_for(size);
	void *record;

	event->len = size;
	event->time_ns = now_ns();
	if (ring) {
		__builtin_memcpy(percpu_ring_place(ring), event, size);
		percpu_ring_submit(ring, size, event->time_ns);
		return 0;
	}
	record = bpf_ringbuf_reserve(&events, size, 0);
	if (!record)
		return -1;
	__builtin_memcpy(record, event, size);
	bpf_ringbuf_submit(record, wake_flags(event->time_ns));
	return 0;
}

/* Writes one record, without unused room, into this CPU's ring. */
static __always_inline void emit_to_percpu_ring(struct percpu_ring *ring, const struct pkt *p, const struct ebpfi_packet *event)
{
	struct ebpfi_packet *record = percpu_ring_place(ring);

	finish_packet(record, event, event->data_len ? load_data(p, record, event->data_len, PERCPU_DATA_MAX) : 0);
	percpu_ring_submit(ring, record->event.len, event->event.time_ns);
}

/*
 * Writes one record. Share code that does not depend on the size: a socket filter longer than net.core.optmem_max cannot be attached (20
 * KiB before Linux 6.7, 8 bytes per instruction).
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
	finish_packet(record, event, failed);
	bpf_ringbuf_submit(record, wake_flags(event->event.time_ns));
	return 0;
}
