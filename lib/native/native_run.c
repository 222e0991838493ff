/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "native_run.h"

#include <errno.h>
#include <stdlib.h>

#include "native_map.h"

enum { NATIVE_FRAME_MAX = 1 << 20 };

struct native_run {
	struct native_head head; /* first: inlined helpers read it */
	const struct native_inspector *inspector;
	struct native_store **at_packet_end; /* maps with work after a packet, NULL-terminated */
	uint8_t *globals;                    /* this run's values, contiguous */
	uint8_t *frame;                      /* a copy of the current packet, after a change */
	size_t frame_room;
	native_send_fn send;
	native_record_fn fn;
	void *ctx; /* of both functions */
	native_filter_fn filter;
	void *filter_ctx;
	uint64_t random;           /* state of the generator; each run draws the same numbers */
	struct native_run *before; /* the run that was current before this one */
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

/* Finds a global and the offset of its value in `globals`. */
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

/* Copies globals between the run's memory and this thread's variables. */
static void copy_globals(struct native_run *run, bool in)
{
	const struct native_global *g;
	uint8_t *at = run->globals;

	for (g = run->inspector->globals; g < run->inspector->globals_end; at += g->size, g++)
		if (in)
			memcpy(g->address(), at, g->size);
		else
			memcpy(at, g->address(), g->size);
}

static size_t scratch_count(const struct native_inspector *inspector)
{
	return (size_t)(inspector->scratches_end - inspector->scratches);
}

static int make_scratch(struct native_run *run)
{
	size_t i, n = scratch_count(run->inspector);

	run->head.scratches = run->inspector->scratches;
	run->head.scratch = calloc(n + 1, sizeof(*run->head.scratch));
	for (i = 0; run->head.scratch && i < n; i++) {
		run->head.scratch[i] = calloc(1, run->inspector->scratches[i].size);
		if (!run->head.scratch[i])
			return -ENOMEM;
	}
	return run->head.scratch ? 0 : -ENOMEM;
}

static struct native_store **find_store(struct native_run *run, const char *map)
{
	size_t i;

	for (i = 0; i < map_count(run->inspector); i++)
		if (!strcmp(run->inspector->maps[i].name, map))
			return &run->head.stores[i];
	return NULL;
}

static void list_packet_ends(struct native_run *run)
{
	size_t i, count = 0;

	for (i = 0; i < map_count(run->inspector); i++)
		if (native_store_has_packet_end(run->head.stores[i]))
			run->at_packet_end[count++] = run->head.stores[i];
	run->at_packet_end[count] = NULL;
}

static int make_stores(struct native_run *run, uint32_t ring_bytes)
{
	size_t i, n = map_count(run->inspector);
	struct native_map map;

	for (i = 0; i < n; i++) {
		map = run->inspector->maps[i];
		if (map.type == BPF_MAP_TYPE_RINGBUF && ring_bytes)
			map.max_entries = ring_bytes;
		run->head.stores[i] = native_store_new(&map);
		if (!run->head.stores[i])
			return -ENOMEM;
	}
	list_packet_ends(run);
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
	run->at_packet_end = calloc(map_count(inspector) + 1, sizeof(*run->at_packet_end));
	run->globals = malloc(globals_size(inspector) + 1);
	if (!run->head.stores || !run->at_packet_end || !run->globals || make_scratch(run) || make_stores(run, ring_bytes)) {
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
	for (i = 0; run->head.scratch && i < scratch_count(run->inspector); i++)
		free(run->head.scratch[i]);
	free(run->head.stores);
	free(run->head.scratch);
	free(run->at_packet_end);
	free(run->globals);
	free(run->frame);
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

int native_run_set_entries(struct native_run *run, const char *map, uint32_t entries)
{
	struct native_store **store = find_store(run, map), *made;
	struct native_map shape;

	if (!store)
		return -ENOENT;
	shape = run->inspector->maps[store - run->head.stores];
	shape.max_entries = entries;
	made = native_store_new(&shape);
	if (!made)
		return -ENOMEM;
	native_store_free(*store);
	*store = made;
	list_packet_ends(run);
	return 0;
}

void native_run_set_send(struct native_run *run, native_send_fn fn)
{
	run->send = fn;
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
		copy_globals(run->before, false);
	copy_globals(run, true);
	native_current = &run->head;
}

void native_run_leave(struct native_run *run)
{
	copy_globals(run, false);
	native_current = (struct native_head *)run->before;
	if (run->before)
		copy_globals(run->before, true);
}

int native_run_packet(struct native_run *run, struct pkt *p, uint64_t time_ns)
{
	struct native_store **store;
	int verdict;

	run->head.time_ns = time_ns;
	verdict = run->inspector->inspect(p);
	for (store = run->at_packet_end; *store; store++)
		native_store_end_packet(*store, run->fn, run->ctx);
	return verdict;
}

struct native_store *native_run_store(struct native_run *run, const char *map)
{
	struct native_store **store = find_store(run, map);

	return store ? *store : NULL;
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

int native_run_each(void *run, const char *map, native_entry_fn fn, void *ctx)
{
	struct native_store *store = native_run_store(run, map);

	return store ? native_store_each(store, fn, ctx) : -ENOENT;
}

int filtered_out(const struct pkt *p)
{
	const struct native_run *run = current();

	return run->filter && !run->filter(run->filter_ctx, p);
}

/* Moves the packet into the run's memory, with room for `size` bytes. False if out of memory. */
static bool copy_frame(struct pkt *p, size_t size)
{
	struct native_run *run = current();
	bool owned = p->ctx == run->frame && run->frame;
	size_t there = p->base + p->len;
	uint8_t *frame = run->frame;

	if (size > run->frame_room) {
		frame = realloc(run->frame, size);
		if (!frame)
			return false;
		run->frame = frame;
		run->frame_room = size;
	}
	if (!owned)
		memcpy(frame, p->ctx, there < size ? there : size);
	p->ctx = frame;
	return true;
}

long native_pkt_store(struct pkt *p, uint32_t offset, const void *from, uint32_t size)
{
	if (offset > p->len || size > p->len - offset)
		return -EFAULT;
	if (!copy_frame(p, p->base + p->len))
		return -ENOMEM;
	memcpy((uint8_t *)p->ctx + p->base + offset, from, size);
	return 0;
}

long native_pkt_resize(struct pkt *p, uint32_t len)
{
	if (len > NATIVE_FRAME_MAX || !copy_frame(p, p->base + len))
		return len > NATIVE_FRAME_MAX ? -EINVAL : -ENOMEM;
	if (len > p->len)
		memset((uint8_t *)p->ctx + p->base + p->len, 0, len - p->len);
	p->len = p->wire_len = len;
	return 0;
}

long native_pkt_send(struct pkt *p, uint32_t ifindex, int ingress, int clone)
{
	struct native_run *run = current();
	struct native_sent sent = { (uint8_t *)p->ctx + p->base, (uint32_t)p->len, ifindex, ingress, clone };

	if (run->send)
		run->send(run->ctx, &sent);
	return 0;
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
