/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "native_map.h"

#include <errno.h>

#include "native_kind.h"

static const struct native_kind *kind_of(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return &native_array;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return &native_outer;
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
		return &native_hash;
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return &native_lru;
	case BPF_MAP_TYPE_LPM_TRIE:
		return &native_trie;
	case BPF_MAP_TYPE_RINGBUF:
		return &native_ring;
	}
	return NULL;
}

struct native_store *native_store_new(const struct native_map *map)
{
	const struct native_kind *kind = kind_of(map->type);
	struct native_store *s = kind ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->head.map = *map;
	s->kind = kind;
	if (kind->open(s))
		return s;
	native_store_free(s);
	return NULL;
}

void native_store_free(struct native_store *s)
{
	if (!s)
		return;
	if (s->kind->close)
		s->kind->close(s);
	table_free(s->table);
	free(s->head.values);
	free(s->memory);
	free(s->more);
	free(s);
}

void *native_store_lookup(struct native_store *s, const void *key)
{
	return s->kind->lookup ? s->kind->lookup(s, key) : NULL;
}

long native_store_update(struct native_store *s, const void *key, const void *value, uint64_t flags)
{
	long err = 0;
	void *at;

	if (!s->kind->add || (flags & ~(uint64_t)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	at = s->kind->find ? s->kind->find(s, key) : s->kind->lookup(s, key);
	if (at && flags & BPF_NOEXIST)
		return -EEXIST;
	if (!at && flags & BPF_EXIST)
		return -ENOENT;
	if (!at)
		at = s->kind->add(s, key, &err);
	if (!at)
		return err;
	memcpy(at, value, s->head.map.value_size);
	return 0;
}

long native_store_delete(struct native_store *s, const void *key)
{
	return s->kind->remove ? s->kind->remove(s, key) : -EINVAL;
}

int native_store_each(struct native_store *s, native_entry_fn fn, void *ctx)
{
	return s->kind->each ? s->kind->each(s, fn, ctx) : -EOPNOTSUPP;
}

bool native_store_has_packet_end(const struct native_store *s)
{
	return s->table || s->kind == &native_ring;
}

void native_store_end_packet(struct native_store *s, native_record_fn fn, void *ctx)
{
	if (s->table)
		table_sweep(s->table);
	else
		native_store_drain(s, fn, ctx);
}
