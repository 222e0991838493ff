/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The native build, as an inspector sees it: world.h uses it to compile bpf/X.bpf.c for this CPU. Maps and knobs are descriptors
 * that the linker collects in one section per inspector. Their contents belong to a run (native_run.h). Helpers use the run that
 * is current in this thread.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <ebpfinspect/event.h>
#include <linux/bpf.h>

#include "link_type.h"
#include "pkt.h"

struct native_store;

struct native_map {
	const char *name;
	uint32_t type, key_size, value_size, max_entries;
	const struct native_map *inner; /* of an array of maps: the type of its maps */
};

/* A knob or a live variable. Each thread has its own copy; entering a run sets it. */
struct native_global {
	const char *name;
	size_t size;
	const void *initial;
	void *(*address)(void);
};

/* Scratch memory of an inspector. */
struct native_scratch {
	size_t size;
};

/* The beginning of a map's contents, which inlined helpers read. */
struct native_store_head {
	struct native_map map; /* first: a program gets an inner map as a pointer to it */
	uint8_t *values;       /* of an array, contiguous; NULL: not an array */
};

struct native_inspector {
	const char *name;
	const struct native_map *maps, *maps_end;
	const struct native_global *globals, *globals_end;
	const struct native_scratch *scratches, *scratches_end;
	unsigned int hooks; /* bit mask of the hooks that the inspector names */
	int (*inspect)(struct pkt *);
};

/* The beginning of a run, which inlined helpers read. */
struct native_head {
	const struct native_map *maps, *maps_end;
	struct native_store **stores; /* one per map, in the order of the section */
	const struct native_scratch *scratches;
	void **scratch; /* memory, in the order of that section */
	uint64_t time_ns;
};

/* The run that is current in this thread. */
extern _Thread_local struct native_head *native_current;

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define NATIVE_JOIN_(a, b) a##b
#define NATIVE_JOIN(a, b) NATIVE_JOIN_(a, b)
#define NATIVE_TEXT_(a) #a
#define NATIVE_TEXT(a) NATIVE_TEXT_(a)
#define NATIVE_IN(kind) __attribute__((section(NATIVE_TEXT(NATIVE_JOIN(kind, EBPFI_INSPECTOR))), used, aligned(8)))

#define NATIVE_MAP(map, kind, key, value, entries)                                                                             \
	static const struct native_map map NATIVE_IN(native_maps_) = { #map, BPF_MAP_TYPE_##kind, key, value, entries, NULL }
#define MAP(name, kind, key_type, value_type, entries) NATIVE_MAP(name, kind, sizeof(key_type), sizeof(value_type), entries)
#define TRIE(name, key_type, value_type, entries) MAP(name, LPM_TRIE, key_type, value_type, entries)
#define RING(name, bytes) NATIVE_MAP(name, RINGBUF, 0, 0, bytes)
/*
 * Memory of the run. `const` and noinline: the pointer is looked up once per packet. The descriptor's index in its section is the
 * index of the memory in the run.
 */
#define SCRATCH(name, value_type)                                                                                              \
	static const struct native_scratch name NATIVE_IN(native_scratch_) = { sizeof(value_type) };                           \
	static __attribute__((const, noinline)) value_type *name##_of_cpu(void)                                                \
	{                                                                                                                      \
		return native_current->scratch[&name - native_current->scratches];                                             \
	}                                                                                                                      \
	struct name##_is_scratch
/* A replay has no user-space consumer with shared memory: records go to its ring buffer. */
#define SHARED(name, value_type)                                                                                               \
	enum { name##_read };                                                                                                  \
	static __always_inline value_type *name##_of_cpu(void)                                                                 \
	{                                                                                                                      \
		return NULL;                                                                                                   \
	}                                                                                                                      \
	struct name##_is_shared
#define MAP_SHAPE(shape, kind, key_type, value_type, entries)                                                                  \
	static const struct native_map shape = { #shape, BPF_MAP_TYPE_##kind, sizeof(key_type), sizeof(value_type), entries,   \
						 NULL }
#define MAP_OF_MAPS(name, shape, entries)                                                                                      \
	static const struct native_map name NATIVE_IN(                                                                         \
		native_maps_) = { #name, BPF_MAP_TYPE_ARRAY_OF_MAPS, sizeof(uint32_t), sizeof(uint32_t), entries, &shape }

#define NATIVE_GLOBAL(type, variable, start)                                                                                   \
	static _Thread_local type variable;                                                                                    \
	static void *NATIVE_JOIN(address_of_, variable)(void)                                                                  \
	{                                                                                                                      \
		return (void *)&variable;                                                                                      \
	}                                                                                                                      \
	static const type NATIVE_JOIN(initial_, variable) = start;                                                             \
	static const struct native_global NATIVE_JOIN(global_, variable)                                                       \
		NATIVE_IN(native_globals_) = { #variable, sizeof(type), (const void *)&NATIVE_JOIN(initial_, variable),        \
					       NATIVE_JOIN(address_of_, variable) }
#define KNOB(type, name, initial) NATIVE_GLOBAL(type, name, initial)
#define LIVE(type, name) NATIVE_GLOBAL(type, name, 0)

#define barrier_var(value) ((void)0)
#define barrier() ((void)0)
#define mask_index(index, mask) ((index) &= (mask))
#define UNROLL
#define trylock(word) 1 /* one thread */
#define unlock(word) ((void)0)
#define smp_store_release(word, value) (*(word) = (value))
#define GLOBAL_FUNCTION static
#define STATIC_FUNCTION static
#define BPF_INLINE static __attribute__((noinline, unused))
#define is_xdp(hook) ((void)(hook), 0) /* all hooks read a capture alike, so one copy of the code is enough */

static __always_inline uint16_t load16(const void *from)
{
	uint16_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static __always_inline uint32_t load32(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static __always_inline uint64_t load64(const void *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static __always_inline void store16(void *to, uint16_t value)
{
	memcpy(to, &value, sizeof(value));
}

static __always_inline void store32(void *to, uint32_t value)
{
	memcpy(to, &value, sizeof(value));
}

static __always_inline void store64(void *to, uint64_t value)
{
	memcpy(to, &value, sizeof(value));
}

/* A single instruction that BPF lacks. */
static __always_inline uint32_t bytes_before(uint64_t marks)
{
	return marks ? (uint32_t)__builtin_ctzll(marks) / 8 : 8;
}

/* Rename the kernel's helpers: libbpf has functions of the same names in the same library. */
#define bpf_map_lookup_elem native_map_lookup_elem
#define bpf_map_update_elem native_map_update_elem
#define bpf_map_delete_elem native_map_delete_elem
#define bpf_ringbuf_reserve native_ringbuf_reserve
#define bpf_ringbuf_submit native_ringbuf_submit
#define bpf_ringbuf_discard native_ringbuf_discard
#define bpf_ringbuf_output native_ringbuf_output
#define bpf_ktime_get_ns native_ktime_get_ns
#define bpf_ktime_get_boot_ns native_ktime_get_ns
#define bpf_get_prandom_u32 native_get_prandom_u32
#define bpf_csum_diff native_csum_diff
#define bpf_get_smp_processor_id() 0U /* one thread, one CPU, no locks */
#define bpf_spin_lock(lock) ((void)(lock))
#define bpf_spin_unlock(lock) ((void)(lock))
#define bpf_printk(...) ((void)0)
#define bpf_htons(n) htobe16(n)
#define bpf_ntohs(n) be16toh(n)
#define bpf_ntohl(n) be32toh(n)
#define bpf_htonl(n) htobe32(n)

/*
 * Implementation of the helpers. Like the kernel's they return a pointer to the value, or negative errno. A found value stays
 * valid until the packet ends, even if its entry is deleted or evicted.
 */
void *native_store_lookup(struct native_store *store, const void *key);
long native_store_update(struct native_store *store, const void *key, const void *value, uint64_t flags);
long native_store_delete(struct native_store *store, const void *key);
void *native_store_reserve(struct native_store *store, uint64_t size);
void native_record_finish(void *record, bool submitted);
long native_store_output(struct native_store *store, const void *data, uint64_t size);
uint32_t bpf_get_prandom_u32(void);
int64_t bpf_csum_diff(const void *from, uint32_t from_size, const void *to, uint32_t to_size, uint32_t seed);

/* A program passes a map's descriptor, or the store itself for an inner map that a look-up returned. */
static __always_inline struct native_store *native_store_of(const void *map)
{
	const struct native_head *head = native_current;
	const struct native_map *descriptor = map;

	if (descriptor >= head->maps && descriptor < head->maps_end)
		return head->stores[descriptor - head->maps];
	return (struct native_store *)map;
}

static __always_inline void *native_value_at(const struct native_store_head *array, const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index < array->map.max_entries ? array->values + (size_t)index * array->map.value_size : NULL;
}

/* Inspectors keep their state in arrays with one entry and read them often: inline this case. */
static __always_inline void *bpf_map_lookup_elem(const void *map, const void *key)
{
	struct native_store *store = native_store_of(map);
	const struct native_store_head *head = (const struct native_store_head *)store;

	return head->values ? native_value_at(head, key) : native_store_lookup(store, key);
}

static __always_inline long bpf_map_update_elem(const void *map, const void *key, const void *value, uint64_t flags)
{
	return native_store_update(native_store_of(map), key, value, flags);
}

static __always_inline long bpf_map_delete_elem(const void *map, const void *key)
{
	return native_store_delete(native_store_of(map), key);
}

static __always_inline void *bpf_ringbuf_reserve(const void *map, uint64_t size, uint64_t flags)
{
	return flags ? NULL : native_store_reserve(native_store_of(map), size);
}

/* Wake-ups are not needed: records are delivered after each packet. */
static __always_inline void bpf_ringbuf_submit(void *record, uint64_t flags)
{
	(void)flags;
	native_record_finish(record, true);
}

static __always_inline void bpf_ringbuf_discard(void *record, uint64_t flags)
{
	(void)flags;
	native_record_finish(record, false);
}

static __always_inline long bpf_ringbuf_output(const void *map, const void *data, uint64_t size, uint64_t flags)
{
	(void)flags;
	return native_store_output(native_store_of(map), data, size);
}

static __always_inline uint64_t bpf_ktime_get_ns(void)
{
	return native_current->time_ns;
}

/* As the kernel's: the number of calls, or negative errno. A macro, so the callback is inlined and may take any index type. */
#define bpf_loop(times, callback, context, flags)                                                                              \
	({                                                                                                                     \
		uint32_t loop_n = (times), loop_i = 0;                                                                         \
		long loop_calls = (flags) ? -22 : loop_n > 1U << 23 ? -7 : 0;                                                  \
		while (!loop_calls && loop_i < loop_n)                                                                         \
			if (callback(loop_i++, (context)))                                                                     \
				break;                                                                                         \
		loop_calls ? loop_calls : (long)loop_i;                                                                        \
	})

/* Only live interfaces have offloaded VLAN tags: a capture has the tag in band. */
static __always_inline long pkt_load_at(const struct pkt_bytes *p, uint8_t hook, uint32_t offset, void *to, uint32_t size)
{
	(void)hook;
	if (offset > p->len || size > p->len - offset)
		return -14;
	memcpy(to, (const uint8_t *)p->ctx + p->base + offset, size);
	return 0;
}

static __always_inline long pkt_load(const struct pkt *p, uint32_t offset, void *to, uint32_t size)
{
	struct pkt_bytes bytes = pkt_bytes_of(p);

	return pkt_load_at(&bytes, 0, offset, to, size);
}

/* Whether the run's filter refuses the packet (filtered.h). */
int filtered_out(const struct pkt *p);

/* A packet is copied before its first change, so the capture stays unchanged. -ENOMEM, or -EFAULT as the kernel's helpers. */
long native_pkt_store(struct pkt *p, uint32_t offset, const void *from, uint32_t size);
long native_pkt_resize(struct pkt *p, uint32_t len);

/* Passes the packet to the run's send function, if it has one. */
long native_pkt_send(struct pkt *p, uint32_t ifindex, int ingress, int clone);

static __always_inline long pkt_store(struct pkt *p, uint32_t offset, const void *from, uint32_t size)
{
	return native_pkt_store(p, offset, from, size);
}

static __always_inline long pkt_resize(struct pkt *p, uint32_t len)
{
	return native_pkt_resize(p, len);
}

static __always_inline long pkt_clone(struct pkt *p, uint32_t ifindex, int ingress)
{
	return native_pkt_send(p, ifindex, ingress, 1);
}

static __always_inline int pkt_redirect(struct pkt *p, uint32_t ifindex, int ingress)
{
	native_pkt_send(p, ifindex, ingress, 0);
	return EBPFI_VERDICT_REDIRECT;
}

static __always_inline uint32_t csum_add(uint32_t sum, const void *bytes, uint32_t size)
{
	return (uint32_t)native_csum_diff(NULL, 0, bytes, size, sum);
}

static __always_inline uint64_t now_ns(void)
{
	return bpf_ktime_get_ns();
}

static __always_inline uint64_t monotonic_at(uint64_t time_ns)
{
	return time_ns;
}

#define PACKET_FUNCTION(name)                                                                                                  \
	static __always_inline __u32 call_##name(const struct pkt *p)                                                          \
	{                                                                                                                      \
		return name(p);                                                                                                \
	}

#define NATIVE_SECTION(edge, kind) NATIVE_JOIN(NATIVE_JOIN(__##edge##_, kind), EBPFI_INSPECTOR)
#define HOOK_BIT_XDP(name) | 1U << EBPFI_HOOK_XDP
#define HOOK_BIT_TC(name) | 1U << EBPFI_HOOK_TC
#define HOOK_BIT_TC_EGRESS(name) | 1U << EBPFI_HOOK_TC_EGRESS
#define HOOK_BIT_SOCKET(name) | 1U << EBPFI_HOOK_SOCKET
/* Weak: the linker defines no start and stop symbols for an empty section. */
#define NATIVE_EDGES(type, kind)                                                                                               \
	extern const struct type NATIVE_SECTION(start, kind)[] __attribute__((weak)),                                          \
		NATIVE_SECTION(stop, kind)[] __attribute__((weak))
#define INSPECTOR(inspector, ...)                                                                                              \
	NATIVE_EDGES(native_map, native_maps_);                                                                                \
	NATIVE_EDGES(native_global, native_globals_);                                                                          \
	NATIVE_EDGES(native_scratch, native_scratch_);                                                                         \
	static __attribute__((flatten)) int inspect_native(struct pkt *p)                                                      \
	{                                                                                                                      \
		return inspector##_inspect(p);                                                                                 \
	}                                                                                                                      \
	const struct native_inspector native_##inspector = {                                                                   \
		#inspector,                                                                                                    \
		NATIVE_SECTION(start, native_maps_),                                                                           \
		NATIVE_SECTION(stop, native_maps_),                                                                            \
		NATIVE_SECTION(start, native_globals_),                                                                        \
		NATIVE_SECTION(stop, native_globals_),                                                                         \
		NATIVE_SECTION(start, native_scratch_),                                                                        \
		NATIVE_SECTION(stop, native_scratch_),                                                                         \
		0U FOR_EACH_HOOK(HOOK_BIT_, inspector, __VA_ARGS__),                                                           \
		inspect_native,                                                                                                \
	};                                                                                                                     \
	extern const struct native_inspector native_##inspector
