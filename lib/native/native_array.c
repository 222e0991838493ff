/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Arrays of values and of maps. A per-CPU array is a plain one: there is one CPU. */
#include <errno.h>

#include "native_kind.h"

static bool array_open(struct native_store *s)
{
	s->head.values = calloc(s->head.map.max_entries, s->head.map.value_size);
	return s->head.values;
}

static void *array_lookup(struct native_store *s, const void *key)
{
	return native_value_at(&s->head, key);
}

/* An array has all its entries from the start. */
static void *array_add(struct native_store *s, const void *key, long *err)
{
	(void)s;
	(void)key;
	*err = -E2BIG;
	return NULL;
}

const struct native_kind native_array = { array_open, NULL, array_lookup, NULL, array_add, NULL, NULL };

static bool outer_open(struct native_store *s)
{
	s->more = calloc(s->head.map.max_entries, sizeof(struct native_store *));
	return s->more;
}

static void outer_close(struct native_store *s)
{
	struct native_store **inner = s->more;
	uint32_t i;

	for (i = 0; inner && i < s->head.map.max_entries; i++)
		native_store_free(inner[i]);
}

/* As in the kernel, the value is the inner map itself. */
static void *outer_lookup(struct native_store *s, const void *key)
{
	struct native_store **inner = s->more;
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index < s->head.map.max_entries ? inner[index] : NULL;
}

const struct native_kind native_outer = { outer_open, outer_close, outer_lookup, NULL, NULL, NULL, NULL };

int native_store_put_inner(struct native_store *outer, uint32_t index, struct native_store *inner)
{
	struct native_store **places = outer->more;

	if (outer->kind != &native_outer)
		return -EINVAL;
	if (index >= outer->head.map.max_entries)
		return -E2BIG;
	native_store_free(places[index]);
	places[index] = inner;
	return 0;
}
