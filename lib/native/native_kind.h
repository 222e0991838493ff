/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The kinds of maps, as native_map.c calls them. */
#pragma once

#include <stdlib.h>

#include "native_map.h"
#include "table.h"

struct native_store {
	struct native_store_head head; /* first: what helpers see */
	const struct native_kind *kind;
	uint8_t *memory;     /* ring buffer: the records */
	size_t used;         /* ring buffer: bytes reserved since the last drain */
	struct table *table; /* hash, LRU, trie */
	void *more;          /* what else a kind keeps; freed with the store */
};

/* Keys and flags have been checked. NULL: the kind has no such thing. */
struct native_kind {
	bool (*open)(struct native_store *s);
	void (*close)(struct native_store *s);
	void *(*lookup)(struct native_store *s, const void *key);
	void *(*find)(struct native_store *s,
		      const void *key); /* the entry itself, where a look-up may find another; or NULL */
	void *(*add)(struct native_store *s, const void *key, long *err); /* the value of a key that is not there */
	long (*remove)(struct native_store *s, const void *key);
};

extern const struct native_kind native_array, native_outer, native_hash, native_lru, native_trie, native_ring;
