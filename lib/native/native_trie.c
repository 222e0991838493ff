/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Longest-prefix match: a hash table of prefixes, searched once per prefix length in use. In practice there are few lengths.
 */
#include <errno.h>

#include "native_kind.h"

enum { DATA_MAX = 256, LENGTH_SIZE = sizeof(uint32_t) }; /* as in the kernel */

struct key {
	uint32_t length; /* bits */
	uint8_t data[DATA_MAX];
};

static uint32_t length_max(const struct native_store *s)
{
	return (s->head.map.key_size - LENGTH_SIZE) * 8;
}

static bool trie_open(struct native_store *s)
{
	if (s->head.map.key_size <= LENGTH_SIZE || s->head.map.key_size > LENGTH_SIZE + DATA_MAX)
		return false;
	s->table = table_new(s->head.map.key_size, s->head.map.value_size, s->head.map.max_entries);
	s->more = calloc(length_max(s) + 1, sizeof(uint32_t));
	return s->table && s->more;
}

/* Copies the first `length` bits of a key; false if the key is shorter. */
static bool prefix_of(const struct native_store *s, const void *key, uint32_t length, struct key *to)
{
	uint32_t whole = length / 8, size = s->head.map.key_size - LENGTH_SIZE;

	if (length > length_max(s))
		return false;
	memset(to, 0, sizeof(*to));
	to->length = length;
	memcpy(to->data, (const uint8_t *)key + LENGTH_SIZE, whole);
	if (whole < size)
		to->data[whole] = ((const uint8_t *)key)[LENGTH_SIZE + whole] & (uint8_t)(0xff00 >> length % 8);
	return true;
}

static uint32_t length_of(const void *key)
{
	uint32_t length;

	memcpy(&length, key, sizeof(length));
	return length;
}

static void *trie_lookup(struct native_store *s, const void *key)
{
	const uint32_t *used = s->more;
	uint32_t length = length_of(key), n = length < length_max(s) ? length : length_max(s);
	struct key prefix;
	void *found;

	for (n++; n-- > 0;) {
		if (!used[n])
			continue;
		prefix_of(s, key, n, &prefix);
		found = table_find(s->table, &prefix);
		if (found)
			return found;
	}
	return NULL;
}

/* An update changes exactly this prefix, not a shorter one that matches. */
static void *trie_add(struct native_store *s, const void *key, long *err)
{
	uint32_t *used = s->more;
	struct key prefix;
	void *at;

	*err = -EINVAL;
	if (!prefix_of(s, key, length_of(key), &prefix))
		return NULL;
	*err = table_count(s->table) >= s->head.map.max_entries ? -ENOSPC : -ENOMEM;
	at = table_add(s->table, &prefix);
	if (at)
		used[prefix.length]++;
	return at;
}

static void *trie_find(struct native_store *s, const void *key)
{
	struct key prefix;

	return prefix_of(s, key, length_of(key), &prefix) ? table_find(s->table, &prefix) : NULL;
}

static long trie_remove(struct native_store *s, const void *key)
{
	uint32_t *used = s->more;
	struct key prefix;

	if (!prefix_of(s, key, length_of(key), &prefix))
		return -EINVAL;
	if (!table_retire(s->table, &prefix))
		return -ENOENT;
	used[prefix.length]--;
	return 0;
}

const struct native_kind native_trie = { trie_open, NULL, trie_lookup, trie_find, trie_add, trie_remove, NULL };
