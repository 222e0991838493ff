/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* BPF maps by descriptor. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Adds or replaces one entry; negative errno. */
int map_put(int fd, const void *key, const void *value);

/* Removes one entry, if it is there; negative errno. */
int map_remove(int fd, const void *key);

/* Adds up the `n` 64-bit counters that each CPU has in entry 0 of a per-CPU array; negative errno. */
int map_sum(int fd, uint64_t *sums, size_t n);
