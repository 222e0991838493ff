/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A run of one inspector on this CPU: its maps, its knobs, its clock. The caller feeds packets and takes records.
 * One thread at a time; runs share nothing.
 */
#pragma once

#include <stdbool.h>

#include "native.h"

struct native_run;
struct native_store; /* native_map.h */

/* Takes one record; it is valid until the function returns. */
typedef void (*native_record_fn)(void *ctx, const void *record, size_t size);

/* NULL without memory. `ring_bytes` is the size of every ring buffer, 0 for their own. */
struct native_run *native_run_new(const struct native_inspector *inspector, uint32_t ring_bytes, native_record_fn fn,
				  void *ctx);
void native_run_free(struct native_run *run);

/* Sets a knob by name; -ENOENT without such a knob, -EINVAL where its size differs. */
int native_run_set(struct native_run *run, const char *knob, const void *value, size_t size);

/* Asked before each packet; false keeps it from the inspector's work, which counts it as filtered. */
typedef bool (*native_filter_fn)(void *ctx, const struct pkt *p);
void native_run_set_filter(struct native_run *run, native_filter_fn fn, void *ctx);

/* Replaces a map by an empty one of so many entries, before the first packet; -ENOENT without such a map. */
int native_run_set_entries(struct native_run *run, const char *map, uint32_t entries);

/* A packet that the program sent to an interface; its bytes are valid until the function returns. */
struct native_sent {
	const uint8_t *data;
	uint32_t len, ifindex;
	int ingress;
	int clone; /* the packet itself goes on, too */
};

/* Takes the packets that programs send, with the context of the record function; without it they are gone. */
typedef void (*native_send_fn)(void *ctx, const struct native_sent *sent);
void native_run_set_send(struct native_run *run, native_send_fn fn);

/* From enter to leave the run is current in this thread; leave puts back what was current before. */
void native_run_enter(struct native_run *run);
void native_run_leave(struct native_run *run);

/* One packet at one time, in an entered run; its records reach the function before this returns. The inspector's verdict. */
int native_run_packet(struct native_run *run, struct pkt *p, uint64_t time_ns);

/* The contents of a map by name, or NULL; between packets the caller may read and change them. */
struct native_store *native_run_store(struct native_run *run, const char *map);

/* The value of a key in a map by name, or NULL; valid until the next packet. */
void *native_run_lookup(struct native_run *run, const char *map, const void *key);

/* Adds or replaces an entry of a map by name; an inspector_put_fn. -ENOENT: no such map. */
int native_run_put(void *run, const char *map, const void *key, const void *value);
