/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Hash tables, plain and LRU. The kernel's LRU is approximate: its per-CPU lists evict in batches, before the map is full, and not
 * exactly the oldest entry. This one is exact. In both, a full map never makes an insertion fail.
 */
#include <errno.h>

#include "native_kind.h"

static bool hash_open(struct native_store *s)
{
	s->table = table_new(s->head.map.key_size, s->head.map.value_size, s->head.map.max_entries);
	return s->table;
}

static void *hash_lookup(struct native_store *s, const void *key)
{
	return table_find(s->table, key);
}

static void *hash_add(struct native_store *s, const void *key, long *err)
{
	*err = table_count(s->table) >= s->head.map.max_entries ? -E2BIG : -ENOMEM;
	return table_add(s->table, key);
}

static long hash_remove(struct native_store *s, const void *key)
{
	return table_retire(s->table, key) ? 0 : -ENOENT;
}

const struct native_kind native_hash = { hash_open, NULL, hash_lookup, NULL, hash_add, hash_remove, NULL };

/* Precedes each value in the table. */
struct node {
	struct node *before, *after; /* more recently used, less recently used */
};

/* A circular list. Its head is in `more`; the entry after the head was used last. */
static void link_first(struct native_store *s, struct node *n)
{
	struct node *ring = s->more;

	n->before = ring;
	n->after = ring->after;
	ring->after->before = n;
	ring->after = n;
}

static void unlink_node(struct node *n)
{
	n->before->after = n->after;
	n->after->before = n->before;
}

static bool lru_open(struct native_store *s)
{
	struct node *ring = malloc(sizeof(*ring));

	s->more = ring;
	if (ring)
		ring->before = ring->after = ring;
	s->table = table_new(s->head.map.key_size, sizeof(struct node) + s->head.map.value_size, s->head.map.max_entries);
	return ring && s->table;
}

static void *lru_lookup(struct native_store *s, const void *key)
{
	struct node *n = table_find(s->table, key);

	if (!n)
		return NULL;
	unlink_node(n);
	link_first(s, n);
	return n + 1;
}

static void evict_oldest(struct native_store *s)
{
	struct node *ring = s->more, *oldest = ring->before;

	unlink_node(oldest);
	table_retire(s->table, table_key(s->table, oldest));
}

static void *lru_add(struct native_store *s, const void *key, long *err)
{
	struct node *n;

	if (s->head.map.max_entries && table_count(s->table) >= s->head.map.max_entries)
		evict_oldest(s);
	n = table_add(s->table, key);
	*err = -ENOMEM;
	if (!n)
		return NULL;
	link_first(s, n);
	return n + 1;
}

static long lru_remove(struct native_store *s, const void *key)
{
	struct node *n = table_find(s->table, key);

	if (!n)
		return -ENOENT;
	unlink_node(n);
	table_retire(s->table, key);
	return 0;
}

static int lru_each(struct native_store *s, native_entry_fn fn, void *ctx)
{
	struct node *ring = s->more, *n;
	int stop = 0;

	for (n = ring->before; n != ring && !stop; n = n->before)
		stop = fn(ctx, table_key(s->table, n), n + 1);
	return 0;
}

const struct native_kind native_lru = { lru_open, NULL, lru_lookup, NULL, lru_add, lru_remove, lru_each };
