/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A hash table of fixed-size keys and values with a bound on its entries. Values do not move while their entry lives. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table;

struct table *table_new(size_t key_size, size_t value_size, uint32_t max_entries);
void table_free(struct table *table);

/* The value of a key, or NULL. */
void *table_find(struct table *table, const void *key);

/* The zeroed value of a key that is not there yet, or NULL when the table is full or there is no memory. */
void *table_add(struct table *table, const void *key);

/* The key of a value that was found or added. */
const void *table_key(const struct table *table, const void *value);

bool table_remove(struct table *table, const void *key);

/* As table_remove(), but the value stays where it is until table_sweep(). */
bool table_retire(struct table *table, const void *key);
void table_sweep(struct table *table);
uint32_t table_count(const struct table *table);
