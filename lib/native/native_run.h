/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A run of one inspector on this CPU: its maps, knobs and clock. The caller feeds packets and receives records. Only one thread
 * may use a run at a time. Runs share no data.
 */
#pragma once

#include <stdbool.h>

#include "native.h"

struct native_run;
struct native_store; /* native_map.h */

/* Receives one record, which is valid until the function returns. */
typedef void (*native_record_fn)(void *ctx, const void *record, size_t size);

/* NULL if out of memory. `ring_bytes` is the size of every ring buffer, 0 for their default. */
struct native_run *native_run_new(const struct native_inspector *inspector, uint32_t ring_bytes, native_record_fn fn,
				  void *ctx);
void native_run_free(struct native_run *run);

/* Sets a knob by name. -ENOENT: no such knob. -EINVAL: wrong size. */
int native_run_set(struct native_run *run, const char *knob, const void *value, size_t size);

/* Called for each packet. False: the inspector does not process the packet and counts it as filtered. */
typedef bool (*native_filter_fn)(void *ctx, const struct pkt *p);
void native_run_set_filter(struct native_run *run, native_filter_fn fn, void *ctx);

/* Replaces a map by an empty one with `entries` entries, before the first packet. -ENOENT: no such map. */
int native_run_set_entries(struct native_run *run, const char *map, uint32_t entries);

/* A packet that the program sent to an interface; its bytes are valid until the function returns. */
struct native_sent {
	const uint8_t *data;
	uint32_t len, ifindex;
	int ingress;
	int clone; /* a copy was sent; the program continues with the packet */
};

/* Receives the packets that programs send, with the context of the record function. NULL: they are discarded. */
typedef void (*native_send_fn)(void *ctx, const struct native_sent *sent);
void native_run_set_send(struct native_run *run, native_send_fn fn);

/* The run is current in this thread between enter and leave. Leave restores the previous run. */
void native_run_enter(struct native_run *run);
void native_run_leave(struct native_run *run);

/* Runs one packet in an entered run and delivers its records. Returns the inspector's verdict. */
int native_run_packet(struct native_run *run, struct pkt *p, uint64_t time_ns);

/* Calls `fn` for each entry of an LRU map, the oldest first, until it returns non-zero. -EOPNOTSUPP: another type. -ENOENT: no such map. */
typedef int (*native_entry_fn)(void *ctx, const void *key, const void *value);
int native_run_each(void *run, const char *map, native_entry_fn fn, void *ctx);

/* The contents of a map by name, or NULL. The caller may read and change them between packets. */
struct native_store *native_run_store(struct native_run *run, const char *map);

/* The value of a key in a map by name, or NULL; valid until the next packet. */
void *native_run_lookup(struct native_run *run, const char *map, const void *key);

/* Adds or replaces an entry of a map by name; an inspector_put_fn. -ENOENT: no such map. */
int native_run_put(void *run, const char *map, const void *key, const void *value);
