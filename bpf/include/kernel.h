/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The kernel's half of world.h, for clang -target bpf. lib/native/native.h is the other half. */
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
 * Scratch memory: one value per CPU, valid for one packet; NAME_of_cpu() finds it. Programs on one CPU cannot interrupt each other,
 * because the hooks run with bottom halves disabled.
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
 * One value per CPU in memory that the library maps too; NAME_of_cpu() finds it. The library sets the number of CPUs before load;
 * NAME_of_cpu() is NULL on a CPU beyond it. NAME_read: the library reads the values.
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
/* An array of maps of one shape. The host inserts the maps and replaces each as a whole. */
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
/* A constant that the library sets by name before load. */
#define KNOB(type, name, initial) const volatile type name = initial
/* A variable that the library may write while the program runs. */
#define LIVE(type, name) volatile type name

/* Masks an index in place, in assembly: clang 14 would move the mask before an OR, and the verifier would lose the range. */
#define mask_index(index, mask) asm volatile("%0 &= %1" : "+r"(index) : "i"(mask))

/* Loads and stores through a cast pointer. If the compiler saw that the address may be unaligned, it would work byte by byte. */
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

/* The bytes of `marks` are 0x80 or 0. Returns how many precede the first 0x80. */
static __always_inline __u32 bytes_before(__u64 marks)
{
	__u64 before = ((marks & -marks) >> 7) - 1;

	return ((before & EIGHT(1)) * EIGHT(1)) >> 56;
}

/*
 * A global function: the verifier walks it once, not once per path to it. Its arguments are the context, numbers, and pointers used with
 * constant offsets only (the verifier's rule without CAP_PERFMON). It finds all other data in maps.
 */
#define GLOBAL_FUNCTION __attribute__((noinline))
/* Called with the pointers of its caller, which the verifier knows. It keeps its values on a stack of its own. */
#define STATIC_FUNCTION static __attribute__((noinline))

/* Always inline in the kernel, where the verifier requires it for some pointer arguments. The native build needs one copy only. */
#define BPF_INLINE static __always_inline

/* Selects one of two copies of a function, so that the hook is a constant in each. */
#define is_xdp(hook) ((hook) == EBPFI_HOOK_XDP)

/* Locks a word against other CPUs: 1 if the lock is ours now, 0 if another CPU holds it. */
#define trylock(word) (!__sync_val_compare_and_swap(&(word), 0, 1))
#define unlock(word) ((void)__sync_lock_test_and_set(&(word), 0))

/* A CPU that reads `value` from *word also sees all earlier writes. */
#ifdef EBPFI_STORES_IN_ORDER /* the processor keeps the order of stores, so a compiler barrier is enough */
#define smp_store_release(word, value)                                                                                         \
	({                                                                                                                     \
		barrier();                                                                                                     \
		WRITE_ONCE(*(word), value);                                                                                    \
	})
#else
#define smp_store_release(word, value) ((void)__sync_lock_test_and_set(word, value))
#endif

/* Put it before a loop to unroll it without a back edge. Linux 6.1 and 6.12 refuse some orders of a loop's blocks. */
#define UNROLL _Pragma("clang loop unroll(full)")

/* The hook is a constant after inlining, so each program type calls only its own helper. */
static __always_inline long pkt_load_at(const struct pkt_bytes *p, __u8 hook, __u32 offset, void *to, __u32 size)
{
	if (hook == EBPFI_HOOK_XDP)
		return bpf_xdp_load_bytes(p->ctx, p->base + offset, to, size);
	return bpf_skb_load_bytes(p->ctx, p->base + offset, to, size);
}

static __always_inline long pkt_load(const struct pkt *p, __u32 offset, void *to, __u32 size)
{
	struct pkt_bytes bytes = pkt_bytes_of(p);

	return pkt_load_at(&bytes, p->hook, offset, to, size);
}

/* Writes bytes of the packet; negative errno. Socket filters cannot. */
static __always_inline long pkt_store(struct pkt *p, __u32 offset, const void *from, __u32 size)
{
	if (p->hook == EBPFI_HOOK_XDP)
		return bpf_xdp_store_bytes(p->ctx, p->base + offset, (void *)from, size);
	return bpf_skb_store_bytes(p->ctx, p->base + offset, from, size, 0);
}

/* Sets the packet's length to `len`; new bytes at the end are zero. Ends GSO. Negative errno. */
static __always_inline long pkt_resize(struct pkt *p, __u32 len)
{
	long err;

	if (p->hook == EBPFI_HOOK_XDP)
		err = bpf_xdp_adjust_tail(p->ctx, (int)(len - p->len));
	else
		err = bpf_skb_change_tail(p->ctx, p->base + len, 0);
	if (!err)
		p->len = p->wire_len = len;
	return err;
}

/* Sends a copy out of an interface, or into its ingress; negative errno. Not at XDP. */
static __always_inline long pkt_clone(struct pkt *p, __u32 ifindex, int ingress)
{
	return bpf_clone_redirect(p->ctx, ifindex, ingress ? BPF_F_INGRESS : 0);
}

/* Sends the packet itself (at XDP only out); returns the verdict to return. */
static __always_inline int pkt_redirect(struct pkt *p, __u32 ifindex, int ingress)
{
	(void)p; /* natively */
	bpf_redirect(ifindex, ingress ? BPF_F_INGRESS : 0);
	return EBPFI_VERDICT_REDIRECT;
}

/* Adds bytes, a multiple of 4, to a sum for csum_fold(). */
static __always_inline __u32 csum_add(__u32 sum, const void *bytes, __u32 size)
{
	return bpf_csum_diff(0, 0, (void *)bytes, size, sum);
}

/* CLOCK_REALTIME minus CLOCK_MONOTONIC, kept current by the library. In a replay: the capture's time. */
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

/* The monotonic clock at a time of now_ns(). */
static __always_inline __u64 monotonic_at(__u64 time_ns)
{
	return time_ns - clock_offset;
}

/* In a replay: facts about the packet that the kernel's copy lacks. */
LIVE(__u32, replay_len);
LIVE(__u32, replay_wire_len);
LIVE(__u16, replay_link);
LIVE(__u8, replay_direction);

/* The barrier keeps the direction 8 bytes wide: clang 16 and later would keep it in a narrower stack slot. */
static __always_inline void set_replayed(struct pkt *p)
{
	__u64 direction;

	if (!replaying)
		return;
	direction = replay_direction;
	barrier_var(direction);
	p->len = replay_len;
	p->wire_len = replay_wire_len;
	p->link = replay_link;
	p->direction = direction;
	p->ifindex = 0;
}

/* Interfaces whose packets begin at IP. If there are none, a packet costs one load and no look-up. */
LIVE(__u32, l3_interfaces);
MAP(l3_ifaces, HASH, __u32, __u16, 256);

/* 8 bytes wide, like the direction in set_replayed(). */
static __always_inline __u64 link_of(__u32 ifindex)
{
	KEY(__u32, key, ifindex);
	const __u16 *link = l3_interfaces ? bpf_map_lookup_elem(&l3_ifaces, &key) : 0;
	__u64 found = LINK_ETHERNET;

	if (link)
		found = *link;
	barrier_var(found);
	return found;
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
	set_replayed(&p);
	return p;
}

static __always_inline struct pkt pkt_of_xdp(struct xdp_md *xdp)
{
	struct pkt p = { .ctx = xdp, .hook = EBPFI_HOOK_XDP, .direction = EBPFI_DIRECTION_INGRESS, .segments = 1 };

	p.len = p.wire_len = bpf_xdp_get_buff_len(xdp);
	p.ifindex = xdp->ingress_ifindex;
	p.link = link_of(p.ifindex);
	set_replayed(&p);
	return p;
}

/* Defines call_X(p), which runs a function X(p) as a global function. */
#define PACKET_FUNCTION(name)                                                                                                  \
	GLOBAL_FUNCTION __u32 name##_of_skb(struct __sk_buff *skb, __u32 base)                                                 \
	{                                                                                                                      \
		struct pkt p = pkt_of_skb(skb, EBPFI_HOOK_TC, 0);                                                              \
		pkt_advance(&p, base);                                                                                         \
		return name(&p);                                                                                               \
	}                                                                                                                      \
	GLOBAL_FUNCTION __u32 name##_of_xdp(struct xdp_md *xdp, __u32 base)                                                    \
	{                                                                                                                      \
		struct pkt p = pkt_of_xdp(xdp);                                                                                \
		pkt_advance(&p, base);                                                                                         \
		return name(&p);                                                                                               \
	}                                                                                                                      \
	static __always_inline __u32 call_##name(const struct pkt *p)                                                          \
	{                                                                                                                      \
		return p->hook == EBPFI_HOOK_XDP ? name##_of_xdp(p->ctx, p->base) : name##_of_skb(p->ctx, p->base);            \
	}

/* TCX_NEXT and TC_ACT_UNSPEC are both -1: programs after an observer still run. */
enum { TC_NEXT = -1, TC_SHOT = 2, TC_REDIRECT = 7, LOOPBACK_IFINDEX = 1, OUTGOING = 4 };

static __always_inline int xdp_action(int verdict)
{
	return verdict == EBPFI_VERDICT_DROP ? XDP_DROP : verdict == EBPFI_VERDICT_REDIRECT ? XDP_REDIRECT : XDP_PASS;
}

static __always_inline int tc_action(int verdict)
{
	return verdict == EBPFI_VERDICT_DROP ? TC_SHOT : verdict == EBPFI_VERDICT_REDIRECT ? TC_REDIRECT : TC_NEXT;
}

#define PROGRAM_XDP(name)                                                                                                      \
	SEC("xdp") int name##_xdp(struct xdp_md *xdp)                                                                          \
	{                                                                                                                      \
		struct pkt p = pkt_of_xdp(xdp);                                                                                \
		return xdp_action(name##_inspect(&p));                                                                         \
	}
#define PROGRAM_TC(name)                                                                                                       \
	SEC("tc") int name##_tc_in(struct __sk_buff *skb)                                                                      \
	{                                                                                                                      \
		struct pkt p = pkt_of_skb(skb, EBPFI_HOOK_TC, EBPFI_DIRECTION_INGRESS);                                        \
		return tc_action(name##_inspect(&p));                                                                          \
	}
#define PROGRAM_TC_EGRESS(name)                                                                                                \
	SEC("tc") int name##_tc_out(struct __sk_buff *skb)                                                                     \
	{                                                                                                                      \
		struct pkt p = pkt_of_skb(skb, EBPFI_HOOK_TC_EGRESS, EBPFI_DIRECTION_EGRESS);                                  \
		return tc_action(name##_inspect(&p));                                                                          \
	}
/* Returns 0 because the socket must keep no copy. On loopback each packet passes the socket twice; like libpcap, skip the first. */
#define PROGRAM_SOCKET(name)                                                                                                   \
	SEC("socket") int name##_socket(struct __sk_buff *skb)                                                                 \
	{                                                                                                                      \
		int out = skb->pkt_type == OUTGOING;                                                                           \
		struct pkt p;                                                                                                  \
		if (out && skb->ifindex == LOOPBACK_IFINDEX)                                                                   \
			return 0;                                                                                              \
		p = pkt_of_skb(skb, EBPFI_HOOK_SOCKET, out ? EBPFI_DIRECTION_EGRESS : EBPFI_DIRECTION_INGRESS);                \
		name##_inspect(&p);                                                                                            \
		return 0;                                                                                                      \
	}

/* INSPECTOR(name, HOOK...): the programs of an inspector, one per hook. */
#define INSPECTOR(name, ...) FOR_EACH_HOOK(PROGRAM_, name, __VA_ARGS__) char _license[] SEC("license") = "Dual BSD/GPL"
