/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A packet that an inspector sees. */
#pragma once

#include <linux/types.h>

/*
 * `len` bytes can be loaded; the wire carried `wire_len`. Neither counts an offloaded VLAN tag. All fields are 8 bytes wide because they
 * are on the stack, and Linux before 6.8 does not let a program without CAP_PERFMON write a stack slot in parts.
 */
struct pkt {
	void *ctx;
	__u64 len, wire_len;
	__u64 base; /* offset of the inspected frame, not 0 in a tunnel; offsets and lengths count from here */
	__u64 ifindex;
	__u64 link;
	__u64 segments;
	__u64 vlan_proto, vlan_tci; /* the tag that the kernel keeps in metadata; vlan_proto 0: none */
	__u64 hook, direction;
};

/* The part of a packet that a callback needs to load bytes. */
struct pkt_bytes {
	void *ctx;
	__u64 base, len;
};

static __always_inline struct pkt_bytes pkt_bytes_of(const struct pkt *p)
{
	return (struct pkt_bytes){ p->ctx, p->base, p->len };
}

/* Makes the frame at this offset the packet. */
static __always_inline void pkt_advance(struct pkt *p, __u32 base)
{
	p->base += base;
	p->len -= base;
	p->wire_len -= base;
}

/*
 * A map key on the stack, written as 8 bytes: Linux before 6.8 does not let a program without CAP_PERFMON write a part of a slot that held
 * a number.
 */
#define KEY(type, name, value)                                                                                                 \
	__u64 name = (__u64)(type)(value) << (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 64 - 8 * sizeof(type) : 0)

/*
 * As in the kernel. After READ_ONCE() the verifier knows only the value's width: without CAP_PERFMON it refuses an index whose range
 * depends on the path.
 */
#define READ_ONCE(value) (*(const volatile __typeof__(value) *)&(value))
#define WRITE_ONCE(to, value) (*(volatile __typeof__(to) *)&(to) = (value))

/* Repeats a byte eight times. */
#define EIGHT(byte) (0x0101010101010101ULL * (byte))

/* The 16-bit checksum from a sum of csum_add() (RFC 1071). */
static __always_inline __u16 csum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* INSPECTOR(name, HOOK...) calls the macro PREFIX##HOOK once per hook. */
#define HOOKS_1(prefix, name, hook) prefix##hook(name)
#define HOOKS_2(prefix, name, hook, ...) prefix##hook(name) HOOKS_1(prefix, name, __VA_ARGS__)
#define HOOKS_3(prefix, name, hook, ...) prefix##hook(name) HOOKS_2(prefix, name, __VA_ARGS__)
#define HOOKS_4(prefix, name, hook, ...) prefix##hook(name) HOOKS_3(prefix, name, __VA_ARGS__)
#define HOOKS_OF(a, b, c, d, count, ...) HOOKS_##count
#define HOOKS_CHOOSE(...) HOOKS_OF(__VA_ARGS__, 4, 3, 2, 1, 0)
#define FOR_EACH_HOOK(prefix, name, ...) HOOKS_CHOOSE(__VA_ARGS__)(prefix, name, __VA_ARGS__)
