/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * For BPF programs of the host's own (ebpfi_load_source(), ebpfi_load_file()): one include for the helpers, byte orders,
 * headers of the usual protocols, and the macros below. User-space code does not include it.
 *
 *     #include <ebpfinspect/bpf.h>
 *
 *     EBPFI_MAP(packets, PERCPU_ARRAY, __u32, __u64, 1);
 *
 *     SEC("xdp") int count_ipv4(struct xdp_md *ctx)
 *     {
 *             __u64 *n = ebpfi_value(packets, 0);
 *             struct ethhdr eth;
 *
 *             if (n && ebpfi_read(ctx, 0, &eth) && eth.h_proto == bpf_htons(ETH_P_IP))
 *                     ++*n;
 *             return XDP_PASS;
 *     }
 *
 *     EBPFI_LICENSE("Dual BSD/GPL");
 */
#ifndef EBPFINSPECT_BPF_H
#define EBPFINSPECT_BPF_H

#ifndef __bpf__
#error "ebpfinspect/bpf.h is for BPF programs: clang -target bpf"
#endif

#include <ebpfinspect/event.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/types.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>
/* The helpers need the types above. */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <ebpfinspect/record.bpf.h>

/* Programs under a GPL-compatible licence ("GPL", "Dual BSD/GPL", "Dual MIT/GPL") may call every helper. */
#define EBPFI_LICENSE(text) char _license[] SEC("license") = text

/* A map, for the host "MODULE.name". `kind` is HASH, ARRAY, LRU_HASH, PERCPU_ARRAY ..., as in BPF_MAP_TYPE_kind. */
#define EBPFI_MAP(name, kind, key_type, value_type, entries)                                                                   \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_##kind);                                                                             \
		__uint(max_entries, entries);                                                                                  \
		__type(key, key_type);                                                                                         \
		__type(value, value_type);                                                                                     \
	} name SEC(".maps")

/* The value of an array's element, or of an integer key of a hash; NULL if there is none. */
#define ebpfi_value(map, index)                                                                                                \
	({                                                                                                                     \
		typeof(*(map).key) ebpfi_key = (index);                                                                        \
		(typeof((map).value))bpf_map_lookup_elem(&(map), &ebpfi_key);                                                  \
	})

/* A global that the host can set by name before it loads the program (struct ebpfi_knob). */
#define EBPFI_KNOB(type, name, initial) const volatile type name = initial

/*
 * Copies a header from `offset` in the packet to *to; false if the packet ends before the header does. Works in XDP, tc and
 * socket filters, also for non-linear packets, and without CAP_PERFMON, which pointers into the packet often need.
 */
#define ebpfi_read(ctx, offset, to)                                                                                            \
	(!_Generic((ctx), struct xdp_md *                                                                                      \
		   : bpf_xdp_load_bytes, struct __sk_buff *                                                                    \
		   : bpf_skb_load_bytes)(ctx, offset, to, sizeof(*(to))))

#endif
