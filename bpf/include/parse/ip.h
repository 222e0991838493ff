/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Network layer: ARP, IPv4 with options, IPv6 with extension headers. Each parser moves the cursor to the transport header, sets ip_proto,
 * and returns 0, or -1 if the bytes end or are inconsistent.
 */
#pragma once

#include "parse/link.h"

enum {
	IPV4_SIZE = 20, /* without options */
	IPV6_SIZE = 40,
	IPV6_EXTENSIONS_MAX = 8, /* walked; more than any real sender uses */
	IP_MORE_FRAGMENTS = 0x2000,
	IP_OFFSET_MASK = 0x1fff,
};

static __always_inline void set_ipv4(__u8 *address, const __u8 *from)
{
	store32(address + 8, bpf_htonl(0xffff));
	store32(address + 12, load32(from));
}

static __always_inline void set_ipv6(__u8 *address, const __u8 *from)
{
	store64(address, load64(from));
	store64(address + 8, load64(from + 8));
}

/* RFC 826, for IPv4 over Ethernet */
static __always_inline int parse_arp(const struct pkt *p, struct decode *d)
{
	const __u8 *arp;

	if (read_bytes(p, d, 8))
		return -1;
	arp = last_bytes(d);
	d->event.arp_op = be16(arp + 6);
	if (be16(arp + 2) != ETHERTYPE_IP || arp[4] != 6 || arp[5] != 4)
		return 0;
	if (read_bytes(p, d, 20))
		return -1;
	arp = last_bytes(d);
	set_ipv4(d->event.src, arp + 6);
	set_ipv4(d->event.dst, arp + 16);
	d->event.flags |= EBPFI_PACKET_ADDRESSES;
	return 0;
}

/*
 * A packet whose header claims more bytes than the wire carried is malformed, but its bytes can still be read. Each branch writes its own
 * end: clang 16 and later would keep the choice in a stack slot and write it twice, which 6.1 refuses without CAP_PERFMON.
 */
static __always_inline void set_extent(const struct pkt *p, struct decode *d, __u32 end)
{
	d->end = p->wire_len;
	if (end <= p->wire_len)
		d->end = end;
	else
		d->event.flags |= EBPFI_PACKET_MALFORMED;
}

static __always_inline void note_fragment(struct decode *d, __u32 id, __u16 offset, int more)
{
	d->event.ip_id = id;
	d->event.fragment_offset = offset;
	if (offset || more)
		d->event.flags |= EBPFI_PACKET_FRAGMENT;
}

static __always_inline void note_ipv4(struct decode *d, const __u8 *ip)
{
	__u16 fragment = be16(ip + 6);

	d->event.ip_tos = ip[1];
	d->event.ip_ttl = ip[8];
	d->event.ip_proto = ip[9];
	set_ipv4(d->event.src, ip + 12);
	set_ipv4(d->event.dst, ip + 16);
	d->event.flags |= EBPFI_PACKET_ADDRESSES;
	note_fragment(d, be16(ip + 4), (fragment & IP_OFFSET_MASK) << 3, fragment & IP_MORE_FRAGMENTS);
}

/* RFC 791. The kernel sets a total length of 0 on a super-packet beyond 65535 bytes. */
static __always_inline int parse_ipv4(const struct pkt *p, struct decode *d)
{
	__u32 start = d->at, header, total;
	const __u8 *ip;

	if (read_bytes(p, d, IPV4_SIZE))
		return -1;
	ip = last_bytes(d);
	header = (ip[0] & 15) * 4;
	total = be16(ip + 2);
	if (ip[0] >> 4 != 4 || header < IPV4_SIZE || (total && total < header))
		return malformed(d);
	note_ipv4(d, ip);
	set_extent(p, d, total ? start + total : p->wire_len);
	return skip_to(p, d, start + header);
}

static __always_inline int is_ipv6_extension(int proto)
{
	/* hop-by-hop, routing, fragment, authentication, destination, mobility, HIP, shim6 */
	return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60 || proto == 135 || proto == 139 ||
	       proto == 140;
}

/* One extension header (RFC 8200 4). The authentication header counts its length in other units (RFC 4302 2.2). */
static __always_inline int parse_ipv6_extension(const struct pkt *p, struct decode *d)
{
	__u32 start = d->at;
	const __u8 *head;

	if (read_bytes(p, d, 8))
		return -1;
	head = last_bytes(d);
	if (d->event.ip_proto == 44)
		note_fragment(d, be32(head + 4), be16(head + 2) & 0xfff8, head[3] & 1);
	else if (skip_to(p, d, start + (d->event.ip_proto == 51 ? (head[1] + 2) * 4 : (head[1] + 1) * 8)))
		return -1;
	return head[0];
}

/* RFC 8200. Stops at a later fragment, which has no further headers. */
static __always_inline int parse_ipv6_extensions(const struct pkt *p, struct decode *d)
{
	int i, next;

	UNROLL
	for (i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
		if (!is_ipv6_extension(d->event.ip_proto) || d->event.fragment_offset)
			return 0;
		next = parse_ipv6_extension(p, d);
		if (next < 0)
			return -1;
		d->event.ip_proto = next;
	}
	if (is_ipv6_extension(d->event.ip_proto))
		d->event.flags |= EBPFI_PACKET_DEEP;
	return 0;
}

/* A global function: inlined, the verifier would walk the transport layer once per number of extension headers. */
static __always_inline __u32 walk_extensions(const struct pkt *p)
{
	struct decode *d = decoded_of_cpu();

	return d ? parse_ipv6_extensions(p, d) : -1;
}

PACKET_FUNCTION(walk_extensions)

/* A jumbogram has a payload length of 0; so has the kernel's own super-packet, without hop-by-hop options. */
static __always_inline int parse_ipv6(const struct pkt *p, struct decode *d)
{
	__u32 payload;
	const __u8 *ip;

	if (read_bytes(p, d, IPV6_SIZE))
		return -1;
	ip = last_bytes(d);
	if (ip[0] >> 4 != 6)
		return malformed(d);
	payload = be16(ip + 4);
	d->event.ip_tos = ip[0] << 4 | ip[1] >> 4;
	d->event.ip_proto = ip[6];
	d->event.ip_ttl = ip[7];
	set_ipv6(d->event.src, ip + 8);
	set_ipv6(d->event.dst, ip + 24);
	d->event.flags |= EBPFI_PACKET_ADDRESSES;
	set_extent(p, d, payload ? d->at + payload : p->wire_len);
	return is_ipv6_extension(d->event.ip_proto) ? (int)call_walk_extensions(p) : 0;
}

static __always_inline int parse_network(const struct pkt *p, struct decode *d, int type)
{
	d->event.ethertype = type;
	switch (type) {
	case ETHERTYPE_ARP:
		return parse_arp(p, d);
	case ETHERTYPE_IP:
		return parse_ipv4(p, d);
	case ETHERTYPE_IPV6:
		return parse_ipv6(p, d);
	}
	return 0;
}
