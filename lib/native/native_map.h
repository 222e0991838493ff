/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A BPF map in user space: the contents of one map of one run. Programs access it through native.h. */
#pragma once

#include "native_run.h"

struct native_store;

/* NULL if out of memory or if the native build does not support the map type. */
struct native_store *native_store_new(const struct native_map *map);
void native_store_free(struct native_store *store);

/* Puts a map into an array of maps, which takes ownership; NULL clears the slot. -E2BIG: index out of range. */
int native_store_put_inner(struct native_store *outer, uint32_t index, struct native_store *inner);

/* As native_run_each(). */
int native_store_each(struct native_store *store, native_entry_fn fn, void *ctx);

/* Delivers the submitted records of a ring buffer. */
void native_store_drain(struct native_store *store, native_record_fn fn, void *ctx);

/* After a packet: delivers records and frees removed entries. The second says whether a map needs this. */
void native_store_end_packet(struct native_store *store, native_record_fn fn, void *ctx);
bool native_store_has_packet_end(const struct native_store *store);
