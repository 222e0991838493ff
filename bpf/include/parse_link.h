/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Link layers: from the first byte of a frame to its network layer. Each parser reads at the cursor (`at`) and returns the ethertype of
 * what comes next, 0 where there is none, or -1 where the bytes end.
 */
#pragma once

#include "world.h"

/*
 * A packet being decoded. It lies in a map and not on the stack: the verifier forgets what it knew of a value that went
 * through a map, so the paths through the parsers meet again; on the stack they multiply (one million instructions).
 */
struct decode {
	struct ebpfi_packet event;
	/* Volatile, so that they are never spilled to the stack: Linux before 6.8 lets a slot be written in parts only once. */
	volatile __u32 at;  /* offset of the next byte to read */
	volatile __u32 end; /* offset of the first byte after the packet: by its IP header once read, else the wire's */
};

enum {
	ETHERTYPE_IP = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_FIRST = 0x0600, /* below: an IEEE 802.3 length */
	VLAN_MAX = 4,             /* tags that are walked */
};

static __always_inline __u16 be16(const __u8 *at)
{
	return at[0] << 8 | at[1];
}

static __always_inline __u32 be32(const __u8 *at)
{
	return (__u32)be16(at) << 16 | be16(at + 2);
}

static __always_inline int malformed(struct decode *d)
{
	d->event.flags |= EBPFI_PACKET_MALFORMED;
	return -1;
}

/* A header that does not fit into the packet is a lie; one that fits but is not here was cut off by the capture. */
static __always_inline int cut_off(const struct pkt *p, struct decode *d)
{
	d->event.flags |= p->len < p->wire_len ? EBPFI_PACKET_TRUNCATED : EBPFI_PACKET_MALFORMED;
	return -1;
}

/*
 * Where `d` comes from is hidden from the compiler, here and below: it would keep pointers into `d` on the stack and later put
 * 4-byte values into their slots, which the verifier refuses without CAP_PERFMON.
 */
static __always_inline int take(const struct pkt *p, struct decode *d, void *to, __u32 size)
{
	opaque(d);
	if (d->at + size > d->end)
		return malformed(d);
	if (pkt_load(p, d->at, to, size))
		return cut_off(p, d);
	d->at += size;
	return 0;
}

/* Over bytes that nobody reads, such as options: they have to be there all the same. */
static __always_inline int skip_to(const struct pkt *p, struct decode *d, __u32 at)
{
	opaque(d);
	if (at > d->end)
		return malformed(d);
	if (at > p->len)
		return cut_off(p, d);
	d->at = at;
	return 0;
}

static __always_inline int is_vlan(int type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static __always_inline void note_vlan(struct decode *d, __u16 tci)
{
	if (d->event.vlan_count < 2)
		d->event.vlan_tci[d->event.vlan_count & 1] = tci;
	d->event.vlan_count++;
}

/* IEEE 802.1Q and 802.1ad. An offloaded tag counts, so that each hook walks as far as the others. */
static __always_inline int parse_vlan(const struct pkt *p, struct decode *d, int type)
{
	__u8 tag[4];
	int i;

	UNROLLED
	for (i = 0; i < VLAN_MAX && is_vlan(type) && d->event.vlan_count < VLAN_MAX; i++) {
		if (take(p, d, tag, sizeof(tag)))
			return -1;
		note_vlan(d, be16(tag));
		type = be16(tag + 2);
	}
	if (is_vlan(type))
		d->event.flags |= EBPFI_PACKET_DEEP;
	return type;
}

static __always_inline int parse_ethernet(const struct pkt *p, struct decode *d)
{
	__u8 header[14];

	if (take(p, d, header, sizeof(header)))
		return -1;
	__builtin_memcpy(d->event.eth_dst, header, 6);
	__builtin_memcpy(d->event.eth_src, header + 6, 6);
	return be16(header + 12);
}

/* No link layer: the IP version says what it is. */
static __always_inline int parse_raw(const struct pkt *p, struct decode *d)
{
	__u8 first;

	if (take(p, d, &first, 1))
		return -1;
	d->at--;
	return first >> 4 == 4 ? ETHERTYPE_IP : first >> 4 == 6 ? ETHERTYPE_IPV6 : 0;
}

/* BSD loopback: an address family in somebody's byte order. What follows says more reliably what it is. */
static __always_inline int parse_null(const struct pkt *p, struct decode *d)
{
	if (skip_to(p, d, d->at + 4))
		return -1;
	return parse_raw(p, d);
}

/* Linux "cooked" captures: the ethertype stands at the end (SLL) or at the beginning (SLL2). */
static __always_inline int parse_sll(const struct pkt *p, struct decode *d, __u32 type_at, __u32 size)
{
	__u8 header[20];

	if (take(p, d, header, size))
		return -1;
	return be16(header + type_at);
}

static __always_inline int parse_link_header(const struct pkt *p, struct decode *d)
{
	switch (p->link) {
	case LINK_ETHERNET:
		return parse_ethernet(p, d);
	case LINK_RAW:
		return parse_raw(p, d);
	case LINK_NULL:
	case LINK_LOOP:
		return parse_null(p, d);
	case LINK_LINUX_SLL:
		return parse_sll(p, d, 14, 16);
	case LINK_LINUX_SLL2:
		return parse_sll(p, d, 0, 20);
	}
	return 0;
}

static __always_inline int parse_link(const struct pkt *p, struct decode *d)
{
	int type;

	if (p->vlan_proto)
		note_vlan(d, p->vlan_tci);
	type = parse_link_header(p, d);
	if (type > 0)
		type = parse_vlan(p, d, type);
	return type > 0 && type < ETHERTYPE_FIRST ? 0 : type;
}
