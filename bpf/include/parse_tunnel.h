/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* VXLAN (RFC 7348) and Geneve (RFC 8926): from a packet's event to that of the frame inside it. */
#pragma once

#include "parse_packet.h"

enum {
	PORT_VXLAN = 4789,
	PORT_VXLAN_OLD = 8472, /* Linux, before the number was assigned */
	PORT_GENEVE = 6081,
	ETHERTYPE_BRIDGING = 0x6558,
};

/* Over the tunnel's header; 1 where no Ethernet frame follows. */
static __always_inline int parse_tunnel_header(const struct pkt *p, struct decode *d, __u16 port)
{
	__u8 header[8];

	if (take(p, d, header, sizeof(header)))
		return 1;
	if (port != PORT_GENEVE)
		return !(header[0] & 8);
	if (header[0] >> 6 || be16(header + 2) != ETHERTYPE_BRIDGING)
		return 1;
	return skip_to(p, d, d->at + (header[0] & 63) * 4) ? 1 : 0;
}

static __always_inline int parse_inner(const struct pkt *p, struct decode *d)
{
	int type = parse_ethernet(p, d);

	if (type > 0)
		type = parse_vlan(p, d, type);
	if (type != ETHERTYPE_IP && type != ETHERTYPE_IPV6)
		return -1;
	d->event.l3_offset = d->at;
	if (parse_network(p, d, type))
		return -1;
	d->event.l4_offset = d->at;
	return parse_transport(p, d);
}

/* `d` has the outer packet, its offsets counted in what can be loaded; where that is a tunnel's it becomes the inner one. */
static __always_inline void parse_tunnel(const struct pkt *p, struct decode *d)
{
	__u16 port = d->event.dst_port;

	if (d->event.ip_proto != PROTO_UDP || !d->event.payload_offset || d->event.flags & EBPFI_PACKET_FRAGMENT)
		return;
	if (port != PORT_VXLAN && port != PORT_VXLAN_OLD && port != PORT_GENEVE)
		return;
	d->at = d->event.payload_offset;
	if (parse_tunnel_header(p, d, port))
		return;
	__builtin_memset(&d->event, 0, sizeof(d->event));
	parse_inner(p, d);
}
