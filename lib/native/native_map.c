/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "native_map.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

struct native_store {
	struct native_map map;
	uint8_t *memory;     /* array: the values; ring buffer: the records */
	size_t used;         /* ring buffer: bytes reserved since the last drain */
	struct table *table; /* hash */
};

/* What precedes a record, as in the kernel: 8 bytes, and records are multiples of 8. */
struct record_head {
	uint32_t size;
	uint32_t submitted;
};

static bool is_array(const struct native_map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool make_contents(struct native_store *s)
{
	if (is_array(&s->map))
		return (s->memory = calloc(s->map.max_entries, s->map.value_size));
	if (s->map.type == BPF_MAP_TYPE_RINGBUF)
		return (s->memory = malloc(s->map.max_entries));
	if (s->map.type == BPF_MAP_TYPE_HASH || s->map.type == BPF_MAP_TYPE_LRU_HASH)
		return (s->table = table_new(s->map.key_size, s->map.value_size, s->map.max_entries));
	return false;
}

struct native_store *native_store_new(const struct native_map *map)
{
	struct native_store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->map = *map;
	if (make_contents(s))
		return s;
	free(s);
	return NULL;
}

void native_store_free(struct native_store *s)
{
	if (!s)
		return;
	table_free(s->table);
	free(s->memory);
	free(s);
}

void *native_store_lookup(struct native_store *s, const void *key)
{
	uint32_t index;

	if (s->table)
		return table_find(s->table, key);
	memcpy(&index, key, sizeof(index));
	return index < s->map.max_entries ? s->memory + (size_t)index * s->map.value_size : NULL;
}

long native_store_update(struct native_store *s, const void *key, const void *value, uint64_t flags)
{
	void *at = native_store_lookup(s, key);

	if (at && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!at && flags == BPF_EXIST)
		return -ENOENT;
	if (!at && s->table)
		at = table_add(s->table, key);
	if (!at)
		return -E2BIG;
	memcpy(at, value, s->map.value_size);
	return 0;
}

long native_store_delete(struct native_store *s, const void *key)
{
	if (!s->table)
		return -EINVAL;
	return table_remove(s->table, key) ? 0 : -ENOENT;
}

void *native_store_reserve(struct native_store *s, uint64_t size)
{
	size_t need = sizeof(struct record_head) + ((size + 7) & ~7ULL);
	struct record_head *head;

	/* The kernel keeps one byte free, so that full and empty differ. */
	if (size >= s->map.max_entries || need + s->used >= s->map.max_entries)
		return NULL;
	head = (struct record_head *)(s->memory + s->used);
	head->size = size;
	head->submitted = 0;
	s->used += need;
	return head + 1;
}

void native_record_finish(void *record, bool submitted)
{
	((struct record_head *)record - 1)->submitted = submitted;
}

void native_store_drain(struct native_store *s, native_record_fn fn, void *ctx)
{
	struct record_head *head;
	size_t at = 0;

	while (at < s->used) {
		head = (struct record_head *)(s->memory + at);
		if (head->submitted)
			fn(ctx, head + 1, head->size);
		at += sizeof(*head) + ((head->size + 7) & ~7U);
	}
	s->used = 0;
}
