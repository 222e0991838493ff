/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Compiled objects of earlier runs, in ${XDG_CACHE_HOME:-$HOME/.cache}/ebpfinspect. The file name is the hash of the key. The file holds
 * the whole key, and a reader compares it: two keys with the same hash overwrite each other, but never get the wrong object.
 */
#pragma once

#include <stddef.h>

enum { OBJECT_CACHE_ENTRIES = 64 };

struct cache_key {
	const char *bytes;
	size_t size;
};

/*
 * Opens the directory, and makes it if it is missing. -ENOENT: the environment does not name one. -EPERM: it, or its parent, belongs to
 * another user (the home directory under sudo), or others may write to it. Another negative errno: it cannot be opened.
 */
int object_cache_open(void);

/* Reads the object of a key; the caller frees *object. -ENOENT: not in the cache. */
int object_cache_get(int dir, const struct cache_key *key, char **object, size_t *size);

/* Stores an object. Removes the least recently used one if there are more than OBJECT_CACHE_ENTRIES. Negative errno. */
int object_cache_put(int dir, const struct cache_key *key, const void *object, size_t size);
