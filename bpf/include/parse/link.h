/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Link layers: from the first byte of a frame to its network layer. Each parser reads at the cursor (`at`) and returns the next ethertype,
 * 0 if there is none, or -1 if the bytes end.
 */
#pragma once

#include "world.h"

enum {
	DECODE_NEAR = 54, /* bytes loaded at once: Ethernet and IPv6, or Ethernet, IPv4 and TCP, which may be a whole packet */
	DECODE_AREA = 64, /* room for these bytes, and again for one other header; a power of two */
};

/*
 * A packet being decoded. It is in a map, not on the stack: the verifier does not track values in maps, so paths through the parsers join
 * again. On the stack they multiply beyond one million instructions.
 */
struct decode {
	struct ebpfi_packet event;
	/* Volatile, so that they are never spilled to the stack: Linux before 6.8 lets a slot be written in parts only once. */
	volatile __u32 at;   /* offset of the next byte to read */
	volatile __u32 end;  /* offset of the first byte after the packet: by its IP header once read, else the wire's */
	volatile __u32 near; /* how many of the packet's first bytes are in `bytes`: 0 or DECODE_NEAR */
	volatile __u32 from; /* offset in `bytes` of the last bytes read */
	volatile __u32 type; /* ethertype of the first VLAN tag, for walk_tags() */
	__u8 bytes[3 * DECODE_AREA];
};

SCRATCH(decoded, struct decode);

enum {
	ETHERTYPE_IP = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_FIRST = 0x0600, /* below: an IEEE 802.3 length */
	VLAN_MAX = 4,             /* tags to walk */
};

static __always_inline __u16 be16(const __u8 *at)
{
	return bpf_ntohs(load16(at));
}

static __always_inline __u32 be32(const __u8 *at)
{
	return bpf_ntohl(load32(at));
}

static __always_inline int malformed(struct decode *d)
{
	d->event.flags |= EBPFI_PACKET_MALFORMED;
	return -1;
}

/* If the capture left out bytes, the header may be among them; otherwise the packet is malformed. */
static __always_inline int cut_off(const struct pkt *p, struct decode *d)
{
	d->event.flags |= p->len < p->wire_len ? EBPFI_PACKET_TRUNCATED : EBPFI_PACKET_MALFORMED;
	return -1;
}

/*
 * barrier_var() hides the origin of `d`, here and below: the compiler would keep pointers into `d` on the stack and later reuse their
 * slots for 4-byte values, which the verifier refuses without CAP_PERFMON.
 */
static __always_inline int read_bytes(const struct pkt *p, struct decode *d, __u32 size)
{
	barrier_var(d);
	d->from = d->at;
	if (d->at + size > d->end)
		return malformed(d);
	if (d->at + size > d->near) {
		if (pkt_load(p, d->at, d->bytes + DECODE_AREA, size))
			return cut_off(p, d);
		d->from = DECODE_AREA;
	}
	d->at += size;
	return 0;
}

static __always_inline const __u8 *last_bytes(struct decode *d)
{
	barrier_var(d);
	return &d->bytes[d->from & (2 * DECODE_AREA - 1)];
}

/* Nearly all headers are near a packet's start: one load costs less than one per header. */
static __always_inline void load_near(const struct pkt *p, struct decode *d)
{
	d->near = pkt_load(p, 0, d->bytes, DECODE_NEAR) ? 0 : DECODE_NEAR;
}

/* Skips bytes such as options. They must be present, although they are not read. */
static __always_inline int skip_to(const struct pkt *p, struct decode *d, __u32 at)
{
	barrier_var(d);
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

/* IEEE 802.1Q and 802.1ad. An offloaded tag counts, so that all hooks walk equally far. */
static __always_inline int parse_vlan(const struct pkt *p, struct decode *d, int type)
{
	const __u8 *tag;
	int i;

	UNROLL
	for (i = 0; i < VLAN_MAX && is_vlan(type) && d->event.vlan_count < VLAN_MAX; i++) {
		if (read_bytes(p, d, 4))
			return -1;
		tag = last_bytes(d);
		note_vlan(d, be16(tag));
		type = be16(tag + 2);
	}
	if (is_vlan(type))
		d->event.flags |= EBPFI_PACKET_DEEP;
	return type;
}

/* A global function, as for all rare headers: inlined, the verifier would walk all later code once per number of tags. */
static __always_inline __u32 walk_tags(const struct pkt *p)
{
	struct decode *d = decoded_of_cpu();

	return d ? parse_vlan(p, d, d->type) : -1;
}

PACKET_FUNCTION(walk_tags)

static __always_inline int skip_tags(const struct pkt *p, struct decode *d, int type)
{
	if (!is_vlan(type))
		return type;
	d->type = type;
	return call_walk_tags(p);
}

static __always_inline void copy_address(__u8 *to, const __u8 *from)
{
	store32(to, load32(from));
	store16(to + 4, load16(from + 4));
}

static __always_inline int parse_ethernet(const struct pkt *p, struct decode *d)
{
	const __u8 *header;

	if (read_bytes(p, d, 14))
		return -1;
	header = last_bytes(d);
	copy_address(d->event.eth_dst, header);
	copy_address(d->event.eth_src, header + 6);
	return be16(header + 12);
}

/* Without a link layer, the IP version decides. */
static __always_inline int parse_raw(const struct pkt *p, struct decode *d)
{
	__u8 first;

	if (read_bytes(p, d, 1))
		return -1;
	d->at--;
	first = *last_bytes(d);
	return first >> 4 == 4 ? ETHERTYPE_IP : first >> 4 == 6 ? ETHERTYPE_IPV6 : 0;
}

/* BSD loopback: an address family in an unknown byte order. The IP version is more reliable. */
static __always_inline int parse_null(const struct pkt *p, struct decode *d)
{
	if (skip_to(p, d, d->at + 4))
		return -1;
	return parse_raw(p, d);
}

/* Linux "cooked" captures: the ethertype stands at the end (SLL) or at the beginning (SLL2). */
static __always_inline int parse_sll(const struct pkt *p, struct decode *d, __u32 type_at, __u32 size)
{
	return read_bytes(p, d, size) ? -1 : be16(last_bytes(d) + type_at);
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
		type = skip_tags(p, d, type);
	return type > 0 && type < ETHERTYPE_FIRST ? 0 : type;
}
