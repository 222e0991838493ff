/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "table.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 16, BUCKETS_MAX = 1 << 20 };

struct entry {
	struct entry *next;
	uint64_t hash;
	unsigned char bytes[]; /* the key, rounded up to 8, then the value: a search reads only the beginning */
};

struct table {
	size_t key_size, value_size;
	uint32_t max_entries, count;
	uint32_t mask; /* buckets - 1 */
	struct entry **buckets;
	struct entry *retired;
};

static size_t value_at(const struct table *t)
{
	return (t->key_size + 7) & ~(size_t)7;
}

/* Like FNV-1a, but eight bytes at a time. It does not resist chosen keys; the table's size is bounded. */
static uint64_t hash_of(const void *key, size_t size)
{
	const unsigned char *at = key;
	uint64_t hash = 0xcbf29ce484222325ULL, part;

	for (; size >= sizeof(part); size -= sizeof(part), at += sizeof(part)) {
		memcpy(&part, at, sizeof(part));
		hash = (hash ^ part) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	for (; size; size--)
		hash = (hash ^ *at++) * 0x100000001b3ULL;
	return hash ^ hash >> 32;
}

struct table *table_new(size_t key_size, size_t value_size, uint32_t max_entries)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct table){
		.key_size = key_size, .value_size = value_size, .max_entries = max_entries, .mask = BUCKETS_FIRST - 1
	};
	t->buckets = calloc(BUCKETS_FIRST, sizeof(struct entry *));
	if (t->buckets)
		return t;
	free(t);
	return NULL;
}

/* Doubles the buckets. Out of memory only makes the chains longer. */
static void grow_buckets(struct table *t)
{
	uint32_t i, mask = t->mask * 2 + 1;
	struct entry **buckets = calloc((size_t)mask + 1, sizeof(struct entry *)), *e;

	if (!buckets)
		return;
	for (i = 0; i <= t->mask; i++)
		while ((e = t->buckets[i])) {
			t->buckets[i] = e->next;
			e->next = buckets[e->hash & mask];
			buckets[e->hash & mask] = e;
		}
	free(t->buckets);
	t->buckets = buckets;
	t->mask = mask;
}

void table_free(struct table *t)
{
	struct entry *e, *next;
	uint32_t i;

	if (!t)
		return;
	for (i = 0; i <= t->mask; i++)
		for (e = t->buckets[i]; e; e = next) {
			next = e->next;
			free(e);
		}
	table_sweep(t);
	free(t->buckets);
	free(t);
}

/* The pointer to a key's entry, or where to insert it. */
static struct entry **slot_of(struct table *t, const void *key, uint64_t hash)
{
	struct entry **slot = &t->buckets[hash & t->mask];

	while (*slot && ((*slot)->hash != hash || memcmp((*slot)->bytes, key, t->key_size)))
		slot = &(*slot)->next;
	return slot;
}

void *table_find(struct table *t, const void *key)
{
	struct entry *e = *slot_of(t, key, hash_of(key, t->key_size));

	return e ? e->bytes + value_at(t) : NULL;
}

void *table_add(struct table *t, const void *key)
{
	uint64_t hash = hash_of(key, t->key_size);
	struct entry *e;

	if (t->count >= t->max_entries)
		return NULL;
	e = calloc(1, sizeof(*e) + value_at(t) + t->value_size);
	if (!e)
		return NULL;
	if (t->count > t->mask && t->mask < BUCKETS_MAX - 1)
		grow_buckets(t);
	e->hash = hash;
	memcpy(e->bytes, key, t->key_size);
	*slot_of(t, key, hash) = e;
	t->count++;
	return e->bytes + value_at(t);
}

const void *table_key(const struct table *t, const void *value)
{
	return (const unsigned char *)value - value_at(t);
}

static struct entry *unlink_entry(struct table *t, const void *key)
{
	struct entry **slot = slot_of(t, key, hash_of(key, t->key_size));
	struct entry *e = *slot;

	if (!e)
		return NULL;
	*slot = e->next;
	t->count--;
	return e;
}

bool table_remove(struct table *t, const void *key)
{
	struct entry *e = unlink_entry(t, key);

	free(e);
	return e;
}

bool table_retire(struct table *t, const void *key)
{
	struct entry *e = unlink_entry(t, key);

	if (!e)
		return false;
	e->next = t->retired;
	t->retired = e;
	return true;
}

void table_sweep(struct table *t)
{
	struct entry *e;

	while ((e = t->retired)) {
		t->retired = e->next;
		free(e);
	}
}

uint32_t table_count(const struct table *t)
{
	return t->count;
}
