/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A BPF map in user space: the contents of one map of one run. What programs do with it is in native.h. */
#pragma once

#include "native_run.h"

struct native_store;

/* NULL without memory or for a type that the native backend does not have. */
struct native_store *native_store_new(const struct native_map *map);
void native_store_free(struct native_store *store);

/* Puts a map into an array of maps, which owns it from then on; NULL empties the place. -E2BIG: no such place. */
int native_store_put_inner(struct native_store *outer, uint32_t index, struct native_store *inner);

/* Hands over what was submitted to a ring buffer. */
void native_store_drain(struct native_store *store, native_record_fn fn, void *ctx);

/* After a packet: hands over records, releases what was removed. Whether there can be something to do. */
void native_store_end_packet(struct native_store *store, native_record_fn fn, void *ctx);
bool native_store_has_packet_end(const struct native_store *store);
