/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The native backend, as an inspector sees it: what world.h needs to compile bpf/X.bpf.c for this CPU. Maps and knobs are
 * descriptors that the linker gathers, one section an inspector; their contents belong to a run (native_run.h), and the
 * run that is current in this thread is where helpers find them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct native_map {
	const char *name;
	uint32_t type, key_size, value_size, max_entries;
};

/* A knob or a live variable: each thread has its own, a run sets them when it is entered. */
struct native_global {
	const char *name;
	size_t size;
	const void *initial;
	void *(*address)(void);
};

struct native_inspector {
	const char *name;
	const struct native_map *maps, *maps_end;
	const struct native_global *globals, *globals_end;
	int (*inspect)(struct pkt *);
};

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define NATIVE_JOIN_(a, b) a##b
#define NATIVE_JOIN(a, b) NATIVE_JOIN_(a, b)
#define NATIVE_TEXT_(a) #a
#define NATIVE_TEXT(a) NATIVE_TEXT_(a)
#define NATIVE_IN(kind) __attribute__((section(NATIVE_TEXT(NATIVE_JOIN(kind, EBPFI_INSPECTOR))), used, aligned(8)))

#define NATIVE_MAP(map, kind, key, value, entries)                                                                             \
	static const struct native_map map NATIVE_IN(native_maps_) = { #map, BPF_MAP_TYPE_##kind, key, value, entries }
#define MAP(name, kind, key_type, value_type, entries) NATIVE_MAP(name, kind, sizeof(key_type), sizeof(value_type), entries)
#define RING(name, bytes) NATIVE_MAP(name, RINGBUF, 0, 0, bytes)

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

#define opaque(value) ((void)0)
#define barrier() ((void)0)
#define bounded(index, mask) ((index) &= (mask))
#define UNROLLED

/* The kernel's helpers under names of their own: libbpf has functions of the same names in the same library. */
#define bpf_map_lookup_elem native_map_lookup_elem
#define bpf_map_update_elem native_map_update_elem
#define bpf_map_delete_elem native_map_delete_elem
#define bpf_ringbuf_reserve native_ringbuf_reserve
#define bpf_ringbuf_submit native_ringbuf_submit
#define bpf_ringbuf_discard native_ringbuf_discard
#define bpf_ktime_get_ns native_ktime_get_ns

void *bpf_map_lookup_elem(const struct native_map *map, const void *key);
long bpf_map_update_elem(const struct native_map *map, const void *key, const void *value, uint64_t flags);
long bpf_map_delete_elem(const struct native_map *map, const void *key);
void *bpf_ringbuf_reserve(const struct native_map *map, uint64_t size, uint64_t flags);
void bpf_ringbuf_submit(void *record, uint64_t flags);
void bpf_ringbuf_discard(void *record, uint64_t flags);
uint64_t bpf_ktime_get_ns(void);

/* An offloaded tag is a thing of live interfaces: a capture has it in band. */
static __always_inline long pkt_load(const struct pkt *p, uint32_t offset, void *to, uint32_t size)
{
	if (offset > p->len || size > p->len - offset)
		return -14;
	memcpy(to, (const uint8_t *)p->ctx + offset, size);
	return 0;
}

/* Whether the run's filter refuses the packet (filtered.h). */
int filtered_out(const struct pkt *p);

static __always_inline long pkt_load_at(const struct pkt *p, uint8_t hook, uint32_t offset, void *to, uint32_t size)
{
	(void)hook;
	return pkt_load(p, offset, to, size);
}

/* As the kernel's, but inlined: the callback is known where it is called. */
#define bpf_loop(count, callback, ctx, flags) native_loop(count, (long (*)(uint32_t, void *))(callback), ctx)

static __always_inline long native_loop(uint32_t count, long (*callback)(uint32_t, void *), void *ctx)
{
	uint32_t i = 0;

	while (i < count)
		if (callback(i++, ctx))
			break;
	return i;
}

static __always_inline uint64_t monotonic_ns(void)
{
	return bpf_ktime_get_ns();
}

static __always_inline uint64_t now_ns(void)
{
	return bpf_ktime_get_ns();
}

#define NATIVE_SECTION(edge, kind) NATIVE_JOIN(NATIVE_JOIN(__##edge##_, kind), EBPFI_INSPECTOR)
#define INSPECTOR(inspector)                                                                                                   \
	extern const struct native_map NATIVE_SECTION(start, native_maps_)[], NATIVE_SECTION(stop, native_maps_)[];            \
	extern const struct native_global NATIVE_SECTION(start, native_globals_)[], NATIVE_SECTION(stop, native_globals_)[];   \
	static int inspect_native(struct pkt *p)                                                                               \
	{                                                                                                                      \
		return inspector##_inspect(p);                                                                                 \
	}                                                                                                                      \
	const struct native_inspector native_##inspector = {                                                                   \
		#inspector,                                                                                                    \
		NATIVE_SECTION(start, native_maps_),                                                                           \
		NATIVE_SECTION(stop, native_maps_),                                                                            \
		NATIVE_SECTION(start, native_globals_),                                                                        \
		NATIVE_SECTION(stop, native_globals_),                                                                         \
		inspect_native,                                                                                                \
	};                                                                                                                     \
	extern const struct native_inspector native_##inspector
