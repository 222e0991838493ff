/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "native_run.h"

#include <errno.h>
#include <stdlib.h>

#include "native_map.h"

struct native_run {
	struct native_head head; /* first: what helpers see */
	const struct native_inspector *inspector;
	struct native_store **unsettled; /* those that have something to do after a packet; NULL behind the last */
	uint8_t *globals;                /* this run's values, one behind the other */
	native_record_fn fn;
	void *ctx;
	native_filter_fn filter;
	void *filter_ctx;
	uint64_t random;           /* the state of a generator: each run draws the same numbers */
	struct native_run *before; /* what was current when this run was entered */
};

_Thread_local struct native_head *native_current;

static struct native_run *current(void)
{
	return (struct native_run *)native_current;
}

static size_t map_count(const struct native_inspector *inspector)
{
	return (size_t)(inspector->maps_end - inspector->maps);
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
	size_t i, settling = 0, n = map_count(run->inspector);
	struct native_map map;

	for (i = 0; i < n; i++) {
		map = run->inspector->maps[i];
		if (map.type == BPF_MAP_TYPE_RINGBUF && ring_bytes)
			map.max_entries = ring_bytes;
		run->head.stores[i] = native_store_new(&map);
		if (!run->head.stores[i])
			return -ENOMEM;
		if (native_store_has_packet_end(run->head.stores[i]))
			run->unsettled[settling++] = run->head.stores[i];
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
	run->head.maps = inspector->maps;
	run->head.maps_end = inspector->maps_end;
	run->head.stores = calloc(map_count(inspector) + 1, sizeof(*run->head.stores));
	run->unsettled = calloc(map_count(inspector) + 1, sizeof(*run->unsettled));
	run->globals = malloc(globals_size(inspector) + 1);
	if (!run->head.stores || !run->unsettled || !run->globals || make_stores(run, ring_bytes)) {
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
	for (i = 0; run->head.stores && i < map_count(run->inspector); i++)
		native_store_free(run->head.stores[i]);
	free(run->head.stores);
	free(run->unsettled);
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
	run->before = current();
	if (run->before)
		swap_globals(run->before, false);
	swap_globals(run, true);
	native_current = &run->head;
}

void native_run_leave(struct native_run *run)
{
	swap_globals(run, false);
	native_current = (struct native_head *)run->before;
	if (run->before)
		swap_globals(run->before, true);
}

int native_run_packet(struct native_run *run, struct pkt *p, uint64_t time_ns)
{
	struct native_store **store;
	int verdict;

	run->head.time_ns = time_ns;
	verdict = run->inspector->inspect(p);
	for (store = run->unsettled; *store; store++)
		native_store_end_packet(*store, run->fn, run->ctx);
	return verdict;
}

struct native_store *native_run_store(struct native_run *run, const char *map)
{
	size_t i;

	for (i = 0; i < map_count(run->inspector); i++)
		if (!strcmp(run->inspector->maps[i].name, map))
			return run->head.stores[i];
	return NULL;
}

void *native_run_lookup(struct native_run *run, const char *map, const void *key)
{
	struct native_store *store = native_run_store(run, map);

	return store ? native_store_lookup(store, key) : NULL;
}

int native_run_put(void *run, const char *map, const void *key, const void *value)
{
	struct native_store *store = native_run_store(run, map);

	return store ? (int)native_store_update(store, key, value, BPF_ANY) : -ENOENT;
}

int filtered_out(const struct pkt *p)
{
	const struct native_run *run = current();

	return run->filter && !run->filter(run->filter_ctx, p);
}

/* splitmix64 */
uint32_t native_get_prandom_u32(void)
{
	uint64_t z = current()->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)(z >> 32);
}

/* 16-bit words in ones' complement (RFC 1071), not folded. */
static uint64_t sum_words(const uint8_t *at, uint32_t size, uint16_t flip)
{
	uint64_t sum = 0;
	uint16_t word;

	for (; size; size -= 2, at += 2) {
		memcpy(&word, at, sizeof(word));
		sum += (uint16_t)(word ^ flip);
	}
	return sum;
}

int64_t native_csum_diff(const void *from, uint32_t from_size, const void *to, uint32_t to_size, uint32_t seed)
{
	uint64_t sum;

	if ((from_size | to_size) & 3)
		return -EINVAL;
	sum = seed + sum_words(from, from_size, 0xffff) + sum_words(to, to_size, 0);
	while (sum >> 32)
		sum = (uint32_t)sum + (sum >> 32);
	return (int64_t)sum;
}
