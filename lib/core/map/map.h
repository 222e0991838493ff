/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* BPF maps by descriptor: the seam to the kernel's map commands. Functions return a negative errno and leave the session's error alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map_shape.h"

enum { KERNEL_ENOTSUPP = 524 }; /* the kernel's own; errno.h lacks it */

/* The kernel's name for a type, "percpu_hash"; "" if libbpf does not know it. */
const char *map_type_name(uint32_t type);

bool map_is_per_cpu(uint32_t type);
/* Whether keys are indexes from 0. */
bool map_is_array(uint32_t type);
/* Whether values are maps or programs: user space writes descriptors and reads ids. */
bool map_has_ids(uint32_t type);

/* The number of values per entry (1, or one per possible CPU), the bytes from one to the next, and the bytes of all. */
uint32_t map_values(const struct map_shape *shape);
size_t map_stride(const struct map_shape *shape);
size_t map_values_size(const struct map_shape *shape);

int map_describe(int fd, struct map_shape *shape, uint32_t *id);

/* Adds or replaces one entry. */
int map_put(int fd, const void *key, const void *value);

int map_get(int fd, const void *key, void *values);
int map_set(int fd, const void *key, const void *values, uint64_t flags);
int map_delete(int fd, const void *key);
/* Removes the value at the head of a queue or a stack. */
int map_pop(int fd, void *value);

/* Adds or replaces *count entries; on failure *count is the number of written entries. */
int map_set_batch(int fd, const struct map_shape *shape, const void *keys, const void *values, uint32_t *count, uint64_t flags);

/* Adds up the first `n` 64-bit counters of an entry's values; and the `n` that each CPU has in entry 0 of a per-CPU array. */
int map_sum_entry(int fd, const struct map_shape *shape, const void *key, uint64_t *sums, size_t n);
int map_sum(int fd, uint64_t *sums, size_t n);

/*
 * Calls `fn` for each entry and returns their number; -ECANCELED when `fn` returned non-zero. It ends even if entries come and
 * go meanwhile. `fn` may remove or replace the entry it is called for.
 */
typedef int (*map_entry_fn)(void *ctx, const void *key, const void *values);
int map_walk(int fd, const struct map_shape *shape, map_entry_fn fn, void *ctx);

/* Makes a map of a shape and returns its descriptor. */
int map_create(const char *name, const struct map_shape *shape);

/* Pins a map in bpffs; opens a pin and returns its descriptor. */
int map_pin(int fd, const char *path);
int map_open_pinned(const char *path);
