/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The inspector `packet`: one event per packet. It only observes. */
#include "decoded.h"
#include "emit.h"
#include "filtered.h"

KNOB(__u32, snaplen, 0); /* bytes of each packet in its event */
KNOB(__u32, sample, 0);  /* one of so many packets makes an event; 0 and 1: every packet */

/*
 * Samples by a hash of the packet's number on this CPU. Traffic with a period cannot escape it, as it could escape every N-th packet, and
 * each replay samples the same packets.
 */
static __always_inline int sampled_out(const struct ebpfi_ledger *l)
{
	if (sample < 2)
		return 0;
	return (__u32)((l->seen * 0x9e3779b97f4a7c15ULL) >> 32) % sample != 0;
}

static __always_inline void set_head(const struct pkt *p, struct ebpfi_packet *event)
{
	__builtin_memset(event, 0, sizeof(*event));
	event->event.kind = EBPFI_EVENT_PACKET;
	event->event.hook = p->hook;
	event->event.direction = p->direction;
	event->event.ifindex = p->ifindex;
	event->event.time_ns = now_ns();
	event->data_offset = sizeof(*event);
}

static __always_inline void set_data_len(const struct pkt *p, struct ebpfi_packet *event)
{
	__u32 there = p->len + (p->vlan_proto ? 4 : 0);

	event->data_len = there < snaplen ? there : snaplen;
	event->event.len = sizeof(*event) + event->data_len;
}

static __always_inline void count_delivered(struct ebpfi_ledger *l, const struct ebpfi_packet *event)
{
	bump(&l->delivered);
	if (event->flags & EBPFI_PACKET_TRUNCATED)
		bump(&l->truncated);
	if (event->flags & EBPFI_PACKET_MALFORMED)
		bump(&l->malformed);
	if (event->data_len < event->packet_len && snaplen)
		bump(&l->cut);
}

static __always_inline int packet_inspect(struct pkt *p)
{
	struct ebpfi_ledger *l = ledger_of_cpu();
	struct decode *d = decoded_of_cpu();

	if (!l || !d)
		return EBPFI_VERDICT_PASS;
	if (filtered_out(p)) {
		count_filtered(l);
		return EBPFI_VERDICT_PASS;
	}
	bump(&l->seen);
	if (sampled_out(l)) {
		bump(&l->sampled);
		return EBPFI_VERDICT_PASS;
	}
	set_head(p, &d->event);
	call_decode_packet(p);
	set_data_len(p, &d->event);
	if (emit_packet(p, &d->event))
		bump(&l->lost_ring);
	else
		count_delivered(l, &d->event);
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(packet, XDP, TC, TC_EGRESS, SOCKET);
