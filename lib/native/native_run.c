/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "native_run.h"

#include <errno.h>
#include <stdlib.h>

#include "native_map.h"

struct native_run {
	const struct native_inspector *inspector;
	struct native_store **stores; /* one a map, in the order of the section */
	uint8_t *globals;             /* this run's values, one behind the other */
	native_record_fn fn;
	void *ctx;
	native_filter_fn filter;
	void *filter_ctx;
	uint64_t time_ns;
	struct native_run *before; /* what was current when this run was entered */
};

static _Thread_local struct native_run *current;

static size_t map_count(const struct native_inspector *inspector)
{
	return (size_t)(inspector->maps_end - inspector->maps);
}

static struct native_store *store_of(const struct native_map *map)
{
	return current->stores[map - current->inspector->maps];
}

/* Where each global's value lies in `globals`. */
static const struct native_global *find_global(struct native_run *run, const char *name, size_t *offset)
{
	const struct native_global *g;

	*offset = 0;
	for (g = run->inspector->globals; g < run->inspector->globals_end; g++) {
		if (!strcmp(g->name, name))
			return g;
		*offset += g->size;
	}
	return NULL;
}

static size_t globals_size(const struct native_inspector *inspector)
{
	const struct native_global *g;
	size_t size = 0;

	for (g = inspector->globals; g < inspector->globals_end; g++)
		size += g->size;
	return size;
}

static void init_globals(struct native_run *run)
{
	const struct native_global *g;
	uint8_t *to = run->globals;

	for (g = run->inspector->globals; g < run->inspector->globals_end; to += g->size, g++)
		memcpy(to, g->initial, g->size);
}

/* Between the run's memory and this thread's variables. */
static void swap_globals(struct native_run *run, bool in)
{
	const struct native_global *g;
	uint8_t *at = run->globals;

	for (g = run->inspector->globals; g < run->inspector->globals_end; at += g->size, g++)
		if (in)
			memcpy(g->address(), at, g->size);
		else
			memcpy(at, g->address(), g->size);
}

static int make_stores(struct native_run *run, uint32_t ring_bytes)
{
	size_t i, n = map_count(run->inspector);
	struct native_map map;

	for (i = 0; i < n; i++) {
		map = run->inspector->maps[i];
		if (map.type == BPF_MAP_TYPE_RINGBUF && ring_bytes)
			map.max_entries = ring_bytes;
		run->stores[i] = native_store_new(&map);
		if (!run->stores[i])
			return -ENOMEM;
	}
	return 0;
}

struct native_run *native_run_new(const struct native_inspector *inspector, uint32_t ring_bytes, native_record_fn fn, void *ctx)
{
	struct native_run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->inspector = inspector;
	run->fn = fn;
	run->ctx = ctx;
	run->stores = calloc(map_count(inspector) + 1, sizeof(*run->stores));
	run->globals = malloc(globals_size(inspector) + 1);
	if (!run->stores || !run->globals || make_stores(run, ring_bytes)) {
		native_run_free(run);
		return NULL;
	}
	init_globals(run);
	return run;
}

void native_run_free(struct native_run *run)
{
	size_t i;

	if (!run)
		return;
	for (i = 0; run->stores && i < map_count(run->inspector); i++)
		native_store_free(run->stores[i]);
	free(run->stores);
	free(run->globals);
	free(run);
}

int native_run_set(struct native_run *run, const char *knob, const void *value, size_t size)
{
	size_t offset;
	const struct native_global *g = find_global(run, knob, &offset);

	if (!g)
		return -ENOENT;
	if (g->size != size)
		return -EINVAL;
	memcpy(run->globals + offset, value, size);
	return 0;
}

void native_run_set_filter(struct native_run *run, native_filter_fn fn, void *ctx)
{
	run->filter = fn;
	run->filter_ctx = ctx;
}

void native_run_enter(struct native_run *run)
{
	run->before = current;
	if (current)
		swap_globals(current, false);
	swap_globals(run, true);
	current = run;
}

void native_run_leave(struct native_run *run)
{
	swap_globals(run, false);
	current = run->before;
	if (current)
		swap_globals(current, true);
}

int native_run_packet(struct native_run *run, struct pkt *p, uint64_t time_ns)
{
	size_t i, n = map_count(run->inspector);
	int verdict;

	run->time_ns = time_ns;
	verdict = run->inspector->inspect(p);
	for (i = 0; i < n; i++)
		native_store_drain(run->stores[i], run->fn, run->ctx);
	return verdict;
}

static struct native_store *store_named(struct native_run *run, const char *map)
{
	size_t i;

	for (i = 0; i < map_count(run->inspector); i++)
		if (!strcmp(run->inspector->maps[i].name, map))
			return run->stores[i];
	return NULL;
}

void *native_run_lookup(struct native_run *run, const char *map, const void *key)
{
	struct native_store *store = store_named(run, map);

	return store ? native_store_lookup(store, key) : NULL;
}

int native_run_put(void *run, const char *map, const void *key, const void *value)
{
	struct native_store *store = store_named(run, map);

	return store ? (int)native_store_update(store, key, value, BPF_ANY) : -ENOENT;
}

/* The kernel's helpers, as the inspectors call them. */

void *bpf_map_lookup_elem(const struct native_map *map, const void *key)
{
	return native_store_lookup(store_of(map), key);
}

long bpf_map_update_elem(const struct native_map *map, const void *key, const void *value, uint64_t flags)
{
	return native_store_update(store_of(map), key, value, flags);
}

long bpf_map_delete_elem(const struct native_map *map, const void *key)
{
	return native_store_delete(store_of(map), key);
}

void *bpf_ringbuf_reserve(const struct native_map *map, uint64_t size, uint64_t flags)
{
	(void)flags;
	return native_store_reserve(store_of(map), size);
}

void bpf_ringbuf_submit(void *record, uint64_t flags)
{
	(void)flags;
	native_record_finish(record, true);
}

void bpf_ringbuf_discard(void *record, uint64_t flags)
{
	(void)flags;
	native_record_finish(record, false);
}

int filtered_out(const struct pkt *p)
{
	return current->filter && !current->filter(current->filter_ctx, p);
}

uint64_t bpf_ktime_get_ns(void)
{
	return current->time_ns;
}
