/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Decodes a packet's link, network and transport layers into one event. */
#pragma once

#include "parse/transport.h"

/* Offsets in the event count from the first byte of its data, which has the offloaded tag in its original place. */
static __always_inline void shift_offsets(struct decode *d)
{
	d->event.flags |= EBPFI_PACKET_TAG_OFFLOADED;
	d->event.packet_len += 4;
	d->event.l3_offset += d->event.l3_offset ? 4 : 0;
	d->event.l4_offset += d->event.l4_offset ? 4 : 0;
	d->event.payload_offset += d->event.payload_offset ? 4 : 0;
}

static __always_inline int parse_layers(const struct pkt *p, struct decode *d)
{
	int type = parse_link(p, d);

	if (type < 0)
		return -1;
	d->event.l3_offset = d->at;
	if (parse_network(p, d, type))
		return -1;
	if (!(d->event.flags & EBPFI_PACKET_ADDRESSES) || d->event.ethertype == ETHERTYPE_ARP)
		return 0;
	d->event.l4_offset = d->at;
	return parse_transport(p, d);
}

static __always_inline void parse_packet(const struct pkt *p, struct decode *d)
{
	d->at = 0;
	d->end = p->wire_len;
	load_near(p, d);
	d->event.packet_len = p->wire_len;
	d->event.link_type = p->link;
	d->event.segments = p->segments;
	if (p->link == LINK_RAW)
		d->event.flags |= EBPFI_PACKET_NO_LINK;
	parse_layers(p, d);
	if (p->vlan_proto)
		shift_offsets(d);
}
