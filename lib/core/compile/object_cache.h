/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Compiled objects of earlier runs, in ${XDG_CACHE_HOME:-$HOME/.cache}/ebpfinspect. A file is named by its key's hash and holds the
 * whole key, which is compared: two keys with one hash replace each other's object and never get it.
 */
#pragma once

#include <stddef.h>

enum { OBJECT_CACHE_ENTRIES = 64 };

struct cache_key {
	const char *bytes;
	size_t size;
};

/*
 * A descriptor of the directory, made if it is missing. -ENOENT: the environment names none. -EPERM: it, or the one that it would be made
 * in, is another user's (the home directory under sudo), or others may write to it. Another negative errno: it cannot be opened.
 */
int object_cache_open(void);

/* The object of a key; the caller frees *object. -ENOENT: there is none. */
int object_cache_get(int dir, const struct cache_key *key, char **object, size_t *size);

/* Keeps an object; of more than OBJECT_CACHE_ENTRIES it removes the least recently used. Negative errno. */
int object_cache_put(int dir, const struct cache_key *key, const void *object, size_t size);
