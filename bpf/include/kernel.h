/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The kernel's half of world.h: what an inspector is made of for clang -target bpf. lib/native/native.h is the other half. */
#pragma once

#include <ebpfinspect/event.h>
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "link_type.h"
#include "pkt.h"

#define MAP(name, kind, key_type, value_type, entries)                                                                         \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_##kind);                                                                             \
		__uint(max_entries, entries);                                                                                  \
		__type(key, key_type);                                                                                         \
		__type(value, value_type);                                                                                     \
	} name SEC(".maps")
/*
 * One value a CPU that is forgotten with the packet, and NAME_of_cpu() that finds it. A program is never interrupted by another on its
 * CPU: the hooks run with bottom halves off.
 */
#define SCRATCH(name, value_type)                                                                                              \
	MAP(name, PERCPU_ARRAY, __u32, value_type, 1);                                                                         \
	static __always_inline value_type *name##_of_cpu(void)                                                                 \
	{                                                                                                                      \
		KEY(__u32, only, 0);                                                                                           \
		return bpf_map_lookup_elem(&name, &only);                                                                      \
	}                                                                                                                      \
	struct name##_is_scratch
/*
 * One value for each CPU, which the library has in memory too, and NAME_of_cpu() that finds it. NULL on a CPU beyond those that the library
 * made it for before load. NAME_read: the library does read them.
 */
#define SHARED(name, value_type)                                                                                               \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_ARRAY);                                                                              \
		__uint(max_entries, 1);                                                                                        \
		__uint(map_flags, BPF_F_MMAPABLE);                                                                             \
		__type(key, __u32);                                                                                            \
		__type(value, value_type);                                                                                     \
	} name SEC(".maps");                                                                                                   \
	const volatile __u32 name##_read = 0;                                                                                  \
	static __always_inline value_type *name##_of_cpu(void)                                                                 \
	{                                                                                                                      \
		KEY(__u32, cpu, bpf_get_smp_processor_id());                                                                   \
		return bpf_map_lookup_elem(&name, &cpu);                                                                       \
	}                                                                                                                      \
	struct name##_is_shared
/* Longest-prefix match; its keys begin with a __u32, the length in bits. */
#define TRIE(name, key_type, value_type, entries)                                                                              \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);                                                                           \
		__uint(max_entries, entries);                                                                                  \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                                                          \
		__type(key, key_type);                                                                                         \
		__type(value, value_type);                                                                                     \
	} name SEC(".maps")
/* An array of maps that look like a shape: the host puts them in, and exchanges them whole. */
#define MAP_SHAPE(shape, kind, key_type, value_type, entries)                                                                  \
	struct shape {                                                                                                         \
		__uint(type, BPF_MAP_TYPE_##kind);                                                                             \
		__uint(max_entries, entries);                                                                                  \
		__type(key, key_type);                                                                                         \
		__type(value, value_type);                                                                                     \
	}
#define MAP_OF_MAPS(name, shape, entries)                                                                                      \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);                                                                      \
		__uint(max_entries, entries);                                                                                  \
		__type(key, __u32);                                                                                            \
		__array(values, struct shape);                                                                                 \
	} name SEC(".maps")
#define RING(name, bytes)                                                                                                      \
	struct {                                                                                                               \
		__uint(type, BPF_MAP_TYPE_RINGBUF);                                                                            \
		__uint(max_entries, bytes);                                                                                    \
	} name SEC(".maps")
/* A value that the library sets by name before the program is loaded. */
#define KNOB(type, name, initial) const volatile type name = initial
/* A value that the library may write while the program runs. */
#define LIVE(type, name) volatile type name

/* Cuts an index to a mask where neither compiler nor verifier can lose sight of it (clang 14 moves a mask in front of an OR). */
#define mask_index(index, mask) asm volatile("%0 &= %1" : "+r"(index) : "i"(mask))

/*
 * Some bytes from and to where they lie. By pointer: of an array's element, or in a copy, the compiler knows that it may be unaligned
 * and goes byte by byte.
 */
static __always_inline __u16 load16(const void *from)
{
	return *(const __u16 *)from;
}

static __always_inline __u32 load32(const void *from)
{
	return *(const __u32 *)from;
}

static __always_inline __u64 load64(const void *from)
{
	return *(const __u64 *)from;
}

static __always_inline void store16(void *to, __u16 value)
{
	*(__u16 *)to = value;
}

static __always_inline void store32(void *to, __u32 value)
{
	*(__u32 *)to = value;
}

static __always_inline void store64(void *to, __u64 value)
{
	*(__u64 *)to = value;
}

/* Of eight bytes, of which some are 0x80 and the others 0: how many come before the first of those. */
static __always_inline __u32 bytes_before(__u64 marks)
{
	__u64 before = ((marks & -marks) >> 7) - 1;

	return ((before & EIGHT(1)) * EIGHT(1)) >> 56;
}

/*
 * A function that the verifier walks by itself, once, and not once for each way that leads there or on from there. It takes the
 * context, numbers, and pointers in which it uses constant offsets only (the verifier's rule without CAP_PERFMON); what else it needs,
 * it finds in maps.
 */
#define GLOBAL_FUNCTION __attribute__((noinline))

/* In line wherever it is called, which the verifier wants of what is given pointers of its own; natively one copy is enough. */
#define BPF_INLINE static __always_inline

/* Which of two copies is called, where the compiler must know how the packet is read. */
#define is_xdp(hook) ((hook) == EBPFI_HOOK_XDP)

/* Of a word that another CPU may hold: 1 if it is ours now. */
#define trylock(word) (!__sync_val_compare_and_swap(&(word), 0, 1))
#define unlock(word) ((void)__sync_lock_test_and_set(&(word), 0))

/* Whoever sees `value` in *word on another CPU also sees what was written before. */
#ifdef EBPFI_STORES_IN_ORDER /* by the processor, so that the compiler only has to leave them in order */
#define smp_store_release(word, value)                                                                                         \
	({                                                                                                                     \
		barrier();                                                                                                     \
		WRITE_ONCE(*(word), value);                                                                                    \
	})
#else
#define smp_store_release(word, value) ((void)__sync_lock_test_and_set(word, value))
#endif

/* Before a loop: no back edge, in whichever order the compiler lays out the blocks (6.1 and 6.12 refuse some orders). */
#define UNROLL _Pragma("clang loop unroll(full)")

/* An XDP context is told from a socket buffer by the hook, a constant: each kind of program may call its own helper only. */
static __always_inline long pkt_load_at(const struct pkt_bytes *p, __u8 hook, __u32 offset, void *to, __u32 size)
{
	if (hook == EBPFI_HOOK_XDP)
		return bpf_xdp_load_bytes(p->ctx, p->base + offset, to, size);
	return bpf_skb_load_bytes(p->ctx, p->base + offset, to, size);
}

/* Where this is inlined into the program itself, the compiler knows the hook; a callback has to name it. */
static __always_inline long pkt_load(const struct pkt *p, __u32 offset, void *to, __u32 size)
{
	struct pkt_bytes bytes = pkt_bytes_of(p);

	return pkt_load_at(&bytes, p->hook, offset, to, size);
}

/* CLOCK_REALTIME minus CLOCK_MONOTONIC; the library keeps it current. In a replay the clock is the capture's. */
LIVE(__u64, clock_offset);
KNOB(__u32, replaying, 0);

static __always_inline __u64 monotonic_ns(void)
{
	return replaying ? 0 : bpf_ktime_get_ns();
}

static __always_inline __u64 now_ns(void)
{
	return monotonic_ns() + clock_offset;
}

/* What the monotonic clock was at a time of now_ns(). */
static __always_inline __u64 monotonic_at(__u64 time_ns)
{
	return time_ns - clock_offset;
}

/* In a replay: what the capture knows of the packet, and the kernel's copy of it does not show. */
LIVE(__u32, replay_len);
LIVE(__u32, replay_wire_len);
LIVE(__u16, replay_link);
LIVE(__u8, replay_direction);

static __always_inline void note_replayed(struct pkt *p)
{
	if (!replaying)
		return;
	p->len = replay_len;
	p->wire_len = replay_wire_len;
	p->link = replay_link;
	p->direction = replay_direction;
	p->ifindex = 0;
}

/* Interfaces whose packets begin at IP. Looked into only when there is one, so Ethernet pays a load and no look-up. */
LIVE(__u32, l3_interfaces);
MAP(l3_ifaces, HASH, __u32, __u16, 256);

static __always_inline __u16 link_of(__u32 ifindex)
{
	KEY(__u32, key, ifindex);
	const __u16 *link = l3_interfaces ? bpf_map_lookup_elem(&l3_ifaces, &key) : 0;

	return link ? *link : LINK_ETHERNET;
}

static __always_inline struct pkt pkt_of_skb(struct __sk_buff *skb, __u8 hook, __u8 direction)
{
	struct pkt p = { .ctx = skb, .len = skb->len, .wire_len = skb->len, .hook = hook, .direction = direction };

	p.ifindex = skb->ifindex;
	p.link = link_of(p.ifindex);
	p.segments = skb->gso_segs ? skb->gso_segs : 1;
	if (skb->vlan_present) {
		p.vlan_proto = bpf_ntohs(skb->vlan_proto);
		p.vlan_tci = skb->vlan_tci;
	}
	note_replayed(&p);
	return p;
}

static __always_inline struct pkt pkt_of_xdp(struct xdp_md *xdp)
{
	struct pkt p = { .ctx = xdp, .hook = EBPFI_HOOK_XDP, .direction = EBPFI_DIRECTION_INGRESS, .segments = 1 };

	p.len = p.wire_len = bpf_xdp_get_buff_len(xdp);
	p.ifindex = xdp->ingress_ifindex;
	p.link = link_of(p.ifindex);
	note_replayed(&p);
	return p;
}

/* Makes call_X(p) of a function X(p): the same as GLOBAL_FUNCTION, of a function that looks at the packet. */
#define PACKET_FUNCTION(name)                                                                                                  \
	GLOBAL_FUNCTION __u32 name##_of_skb(struct __sk_buff *skb, __u32 base)                                                 \
	{                                                                                                                      \
		struct pkt p = pkt_of_skb(skb, EBPFI_HOOK_TC, 0);                                                              \
		move_to(&p, base);                                                                                             \
		return name(&p);                                                                                               \
	}                                                                                                                      \
	GLOBAL_FUNCTION __u32 name##_of_xdp(struct xdp_md *xdp, __u32 base)                                                    \
	{                                                                                                                      \
		struct pkt p = pkt_of_xdp(xdp);                                                                                \
		move_to(&p, base);                                                                                             \
		return name(&p);                                                                                               \
	}                                                                                                                      \
	static __always_inline __u32 call_##name(const struct pkt *p)                                                          \
	{                                                                                                                      \
		return p->hook == EBPFI_HOOK_XDP ? name##_of_xdp(p->ctx, p->base) : name##_of_skb(p->ctx, p->base);            \
	}

/* TCX_NEXT and TC_ACT_UNSPEC are both -1: whoever comes after an observer still runs. */
enum { TC_NEXT = -1, TC_SHOT = 2, LOOPBACK_IFINDEX = 1, OUTGOING = 4 };

/* The socket keeps no copy, hence 0. On loopback each packet passes the socket twice; as in libpcap the first is left out. */
#define INSPECTOR(name)                                                                                                        \
	SEC("xdp") int name##_xdp(struct xdp_md *xdp)                                                                          \
	{                                                                                                                      \
		struct pkt p = pkt_of_xdp(xdp);                                                                                \
		return name##_inspect(&p) == EBPFI_VERDICT_DROP ? XDP_DROP : XDP_PASS;                                         \
	}                                                                                                                      \
	SEC("tc") int name##_tc_in(struct __sk_buff *skb)                                                                      \
	{                                                                                                                      \
		struct pkt p = pkt_of_skb(skb, EBPFI_HOOK_TC, EBPFI_DIRECTION_INGRESS);                                        \
		return name##_inspect(&p) == EBPFI_VERDICT_DROP ? TC_SHOT : TC_NEXT;                                           \
	}                                                                                                                      \
	SEC("tc") int name##_tc_out(struct __sk_buff *skb)                                                                     \
	{                                                                                                                      \
		struct pkt p = pkt_of_skb(skb, EBPFI_HOOK_TC_EGRESS, EBPFI_DIRECTION_EGRESS);                                  \
		return name##_inspect(&p) == EBPFI_VERDICT_DROP ? TC_SHOT : TC_NEXT;                                           \
	}                                                                                                                      \
	SEC("socket") int name##_socket(struct __sk_buff *skb)                                                                 \
	{                                                                                                                      \
		int out = skb->pkt_type == OUTGOING;                                                                           \
		struct pkt p;                                                                                                  \
		if (out && skb->ifindex == LOOPBACK_IFINDEX)                                                                   \
			return 0;                                                                                              \
		p = pkt_of_skb(skb, EBPFI_HOOK_SOCKET, out ? EBPFI_DIRECTION_EGRESS : EBPFI_DIRECTION_INGRESS);                \
		name##_inspect(&p);                                                                                            \
		return 0;                                                                                                      \
	}                                                                                                                      \
	char _license[] SEC("license") = "Dual BSD/GPL"
