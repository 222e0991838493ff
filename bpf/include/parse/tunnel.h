/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Finds the frame inside VXLAN (RFC 7348) and Geneve (RFC 8926). It reads only simple outer headers, so that the verifier does not walk
 * all parsers twice: two VLAN tags, IPv6 without extension headers, no fragments.
 */
#pragma once

#include "decoded.h"

enum {
	PORT_VXLAN = 4789,
	PORT_VXLAN_OLD = 8472, /* Linux, before the number was assigned */
	PORT_GENEVE = 6081,
	ETHERTYPE_BRIDGING = 0x6558,
	OUTER_TAGS_MAX = 2,
};

KNOB(__u32, tunnels, 0); /* 1: inspect the frame inside VXLAN and Geneve */

static __always_inline int skip_link(const struct pkt *p, struct decode *d)
{
	int i, type;

	if (p->link != LINK_ETHERNET || read_bytes(p, d, 14))
		return -1;
	type = be16(last_bytes(d) + 12);
	UNROLL
	for (i = 0; i < OUTER_TAGS_MAX && is_vlan(type); i++) {
		if (read_bytes(p, d, 4))
			return -1;
		type = be16(last_bytes(d) + 2);
	}
	return type;
}

/* -1: no UDP header follows. */
static __always_inline int skip_ipv4(const struct pkt *p, struct decode *d)
{
	__u32 start = d->at;
	const __u8 *ip;

	if (read_bytes(p, d, IPV4_SIZE))
		return -1;
	ip = last_bytes(d);
	if (ip[9] != PROTO_UDP || be16(ip + 6) & (IP_MORE_FRAGMENTS | IP_OFFSET_MASK))
		return -1;
	return skip_to(p, d, start + (ip[0] & 15) * 4);
}

static __always_inline int skip_ipv6(const struct pkt *p, struct decode *d)
{
	return read_bytes(p, d, IPV6_SIZE) || last_bytes(d)[6] != PROTO_UDP ? -1 : 0;
}

/* UDP and the tunnel's header; an Ethernet frame must follow. */
static __always_inline int skip_tunnel(const struct pkt *p, struct decode *d)
{
	const __u8 *header;
	__u16 port;

	if (read_bytes(p, d, 16))
		return -1;
	header = last_bytes(d);
	port = be16(header + 2);
	if (port == PORT_VXLAN || port == PORT_VXLAN_OLD)
		return header[8] & 8 ? 0 : -1;
	if (port != PORT_GENEVE || header[8] >> 6 || be16(header + 10) != ETHERTYPE_BRIDGING)
		return -1;
	return skip_to(p, d, d->at + (header[8] & 63) * 4);
}

static __always_inline int find_inner(const struct pkt *p, struct decode *d)
{
	int type = skip_link(p, d);

	if (type != ETHERTYPE_IP && type != ETHERTYPE_IPV6)
		return -1;
	if (type == ETHERTYPE_IP ? skip_ipv4(p, d) : skip_ipv6(p, d))
		return -1;
	return skip_tunnel(p, d);
}

/* The offset of the inner frame; 0: there is none. */
static __always_inline __u32 inner_offset(const struct pkt *p)
{
	struct decode *d = decoded_of_cpu();

	if (!d)
		return 0;
	d->at = 0;
	d->end = p->wire_len;
	load_near(p, d);
	return find_inner(p, d) ? 0 : d->at;
}

PACKET_FUNCTION(inner_offset)

/* Inspects the frame inside a tunnel in place of the outer frame. */
static __always_inline void enter_tunnel(struct pkt *p)
{
	pkt_advance(p, call_inner_offset(p));
}
