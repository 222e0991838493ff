/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A packet on its way through an inspector. */
#pragma once

#include <linux/types.h>

/*
 * One packet. `len` bytes can be loaded; the wire carried `wire_len`. Both leave out an offloaded VLAN tag. All are 8 bytes wide: it lies
 * on the stack, of which Linux before 6.8 lets no word be written in parts without CAP_PERFMON.
 */
struct pkt {
	void *ctx;
	__u64 len, wire_len;
	__u64 base; /* where the frame that is inspected begins: not 0 inside a tunnel; the lengths count from there */
	__u64 ifindex;
	__u64 link;
	__u64 segments;
	__u64 vlan_proto, vlan_tci; /* the tag that the kernel keeps in metadata; vlan_proto 0: none */
	__u64 hook, direction;
};

/* What a callback needs of a packet. */
struct pkt_bytes {
	void *ctx;
	__u64 base, len;
};

static __always_inline struct pkt_bytes pkt_bytes_of(const struct pkt *p)
{
	return (struct pkt_bytes){ p->ctx, p->base, p->len };
}

/* The frame at this offset becomes the packet. */
static __always_inline void move_to(struct pkt *p, __u32 base)
{
	p->base += base;
	p->len -= base;
	p->wire_len -= base;
}

/*
 * A map's key on the stack, written as 8 bytes: without CAP_PERFMON, Linux before 6.8 refuses to write a part of a slot that held a
 * number.
 */
#define KEY(type, name, value)                                                                                                 \
	__u64 name = (__u64)(type)(value) << (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 64 - 8 * sizeof(type) : 0)

/*
 * Reads a value anew, so that the verifier knows no more of it than its width: without CAP_PERFMON it refuses an index whose range
 * depends on the path that led there.
 */
#define READ_ONCE(value) (*(const volatile __typeof__(value) *)&(value))
#define WRITE_ONCE(to, value) (*(volatile __typeof__(to) *)&(to) = (value))

/* A byte eight times. */
#define EIGHT(byte) (0x0101010101010101ULL * (byte))
