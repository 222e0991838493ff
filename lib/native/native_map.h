/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A BPF map in user space: the contents of one map of one run. */
#pragma once

#include "native_run.h"

struct native_store;

/* NULL without memory or for a type that the native backend does not have. */
struct native_store *native_store_new(const struct native_map *map);
void native_store_free(struct native_store *store);

/*
 * As the kernel's: a pointer to the value, and negative errno. As there, a value that was found can be used until the packet ends,
 * even when its entry is deleted or evicted before.
 */
void *native_store_lookup(struct native_store *store, const void *key);
long native_store_update(struct native_store *store, const void *key, const void *value, uint64_t flags);
long native_store_delete(struct native_store *store, const void *key);

/* Puts a map into an array of maps, which owns it from then on; NULL empties the place. -E2BIG: no such place. */
int native_store_put_inner(struct native_store *outer, uint32_t index, struct native_store *inner);

/* A ring buffer: reserve, finish, and hand over what was submitted. */
void *native_store_reserve(struct native_store *store, uint64_t size);
void native_record_finish(void *record, bool submitted);
void native_store_drain(struct native_store *store, native_record_fn fn, void *ctx);

/* The packet has ended: releases what was removed in it. */
void native_store_sweep(struct native_store *store);
