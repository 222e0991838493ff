/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A hash table of fixed-size keys and values with at most `max_entries`. Values do not move in memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table;

struct table *table_new(size_t key_size, size_t value_size, uint32_t max_entries);
void table_free(struct table *table);

/* The value of a key, or NULL. */
void *table_find(struct table *table, const void *key);

/* Adds a key, which must not exist yet. Returns its zeroed value; NULL if the table is full or out of memory. */
void *table_add(struct table *table, const void *key);

/* The key of a value that table_find() or table_add() returned. */
const void *table_key(const struct table *table, const void *value);

bool table_remove(struct table *table, const void *key);

/* As table_remove(), but the value stays valid until table_sweep(). */
bool table_retire(struct table *table, const void *key);
void table_sweep(struct table *table);
uint32_t table_count(const struct table *table);
