/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The map types, which native_map.c calls. */
#pragma once

#include <stdlib.h>

#include "native_map.h"
#include "table.h"

struct native_store {
	struct native_store_head head; /* first: inlined helpers read it */
	const struct native_kind *kind;
	uint8_t *memory;     /* ring buffer: the records */
	size_t used;         /* ring buffer: bytes reserved since the last drain */
	struct table *table; /* hash, LRU, trie */
	void *more;          /* other data of the kind; freed with the store */
};

/* Keys and flags are valid. NULL: not supported. */
struct native_kind {
	bool (*open)(struct native_store *s);
	void (*close)(struct native_store *s);
	void *(*lookup)(struct native_store *s, const void *key);
	void *(*find)(struct native_store *s, const void *key); /* the exact entry, if a look-up may find another; or NULL */
	void *(*add)(struct native_store *s, const void *key, long *err); /* adds a missing key, returns its value */
	long (*remove)(struct native_store *s, const void *key);
	int (*each)(struct native_store *s, native_entry_fn fn, void *ctx); /* or NULL */
};

extern const struct native_kind native_array, native_outer, native_hash, native_lru, native_trie, native_ring;
