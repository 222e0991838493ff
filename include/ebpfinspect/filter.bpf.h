/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Filters in BPF programs of the host's own: ebpfi_filter(ctx) is 1 for a packet that matches the expression of
 * ebpfi_set_filter(), otherwise 0. Without an expression it is always 1.
 *
 *     #include <ebpfinspect/filter.bpf.h>
 *
 *     SEC("xdp") int count(struct xdp_md *ctx)
 *     {
 *             if (!ebpfi_filter(ctx))
 *                     return XDP_PASS;
 *             ...
 *     }
 *
 * It works in XDP, tc and socket filter programs, which it tells apart by the type of ctx. The library writes the filter into
 * the functions below before it loads the object, which must be compiled with -g. A filter uses at most 200 of the 512 bytes of
 * the program's stack. Linux 5.18 or later.
 */
#ifndef EBPFINSPECT_FILTER_BPF_H
#define EBPFINSPECT_FILTER_BPF_H

#ifndef __VMLINUX_H__
#include <linux/bpf.h>
#endif

#include <bpf/bpf_helpers.h>

/* Weak, and with a result that the compiler cannot know, so that it does not optimise the calls away. */
#define EBPFI_FILTER_STUB(name, context)                                                                                       \
	__attribute__((weak, noinline)) int name(struct context *ctx)                                                          \
	{                                                                                                                      \
		int matches = 1;                                                                                               \
		asm volatile("" : "+r"(matches) : "r"(ctx));                                                                   \
		return matches;                                                                                                \
	}

EBPFI_FILTER_STUB(ebpfi_filter_xdp, xdp_md)
EBPFI_FILTER_STUB(ebpfi_filter_xdp_l3, xdp_md)
EBPFI_FILTER_STUB(ebpfi_filter_skb, __sk_buff)
EBPFI_FILTER_STUB(ebpfi_filter_skb_l3, __sk_buff)

#ifndef EBPFI_FILTER_STUBS_ONLY

/* Indices of interfaces whose packets begin at IP. The library adds one when it attaches a program there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u16);
} l3_ifaces __attribute__((weak)) SEC(".maps");

static inline __attribute__((always_inline)) int ebpfi_filter_of_xdp(struct xdp_md *ctx)
{
	__u32 ifindex = ctx->ingress_ifindex;

	if (bpf_map_lookup_elem(&l3_ifaces, &ifindex))
		return ebpfi_filter_xdp_l3(ctx) > 0;
	return ebpfi_filter_xdp(ctx) > 0;
}

static inline __attribute__((always_inline)) int ebpfi_filter_of_skb(struct __sk_buff *ctx)
{
	__u32 ifindex = ctx->ifindex;

	if (bpf_map_lookup_elem(&l3_ifaces, &ifindex))
		return ebpfi_filter_skb_l3(ctx) > 0;
	return ebpfi_filter_skb(ctx) > 0;
}

#define ebpfi_filter(ctx) _Generic((ctx), struct xdp_md * : ebpfi_filter_of_xdp, struct __sk_buff * : ebpfi_filter_of_skb)(ctx)

#endif
#endif
