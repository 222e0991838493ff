/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* From an event on the stack to a record in the ring buffer, with the packet's first bytes behind it. */
#pragma once

#include "maps.h"

enum {
	TAG_AT = 12, /* where an Ethernet header has its VLAN tag */
	TAG_SIZE = 4,
	WAKE_EVERY_NS = 1000000,
};

/* When the host was last woken. Shared by all CPUs: a lost update costs one wake-up too many. */
LIVE(__u64, last_wake);

/*
 * Wakes the host at most once a millisecond while records keep coming; the host looks again by itself two milliseconds
 * after a wake-up, so what is written in between is not forgotten.
 */
static __always_inline __u64 wake_flags(void)
{
	__u64 now = monotonic_ns();

	if (now - last_wake < WAKE_EVERY_NS)
		return BPF_RB_NO_WAKEUP;
	last_wake = now;
	return BPF_RB_FORCE_WAKEUP;
}

/* The verifier wants to see both bounds of the size next to its use, one by one (6.1 forgets those found in other ways). */
static __always_inline long load_some(const struct pkt *p, __u32 offset, void *to, __u32 size, __u32 room)
{
	opaque(size);
	if ((__s32)size < 1)
		return -1;
	opaque(size);
	if (size > room)
		return -1;
	return pkt_load(p, offset, to, size);
}

/* Copies with the tag put back where the wire had it. `room` is a power of two above TAG_AT + TAG_SIZE. */
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
	return load_some(p, TAG_AT, to + TAG_AT + TAG_SIZE, size - TAG_AT - TAG_SIZE, room - TAG_AT - TAG_SIZE);
}

/* One record with room for `room` bytes of the packet; the verifier needs that size as a constant. */
static __always_inline long emit_room(const struct pkt *p, const struct ebpfi_packet *event, __u32 room)
{
	struct ebpfi_packet *record = bpf_ringbuf_reserve(&events, sizeof(*event) + room, 0);
	long failed = 0;

	if (!record)
		return -1;
	*record = *event;
	if (room && p->vlan_proto)
		failed = load_tagged(p, (__u8 *)(record + 1), event->data_len, room);
	else if (room)
		failed = load_some(p, 0, record + 1, event->data_len, room);
	if (failed) {
		record->event.len = sizeof(*event);
		record->data_len = 0;
	}
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}

/* Records come in a few sizes: one bit more than an Ethernet frame at 1500, a jumbo frame, a super-packet. */
static __always_inline long emit_packet(const struct pkt *p, const struct ebpfi_packet *event)
{
	if (!event->data_len)
		return emit_room(p, event, 0);
	if (event->data_len <= 64)
		return emit_room(p, event, 64);
	if (event->data_len <= 256)
		return emit_room(p, event, 256);
	if (event->data_len <= 1536)
		return emit_room(p, event, 1536);
	if (event->data_len <= 9216)
		return emit_room(p, event, 9216);
	return emit_room(p, event, 65536);
}
