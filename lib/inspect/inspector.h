/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The user half of an inspector: its object, its native build, its options, and its events as text. */
#pragma once

#include <ebpfinspect/event.h>

#include "json.h"

struct native_inspector;

/* Puts an entry into a map of the inspector, in the kernel or natively; negative errno. */
typedef int (*inspector_put_fn)(void *to, const char *map, const void *key, const void *value);

/* Calls a function for each entry of a map of the inspector until it returns non-zero; negative errno. */
typedef int (*inspector_entry_fn)(void *ctx, const void *key, const void *value);
typedef int (*inspector_walk_fn)(void *from, const char *map, inspector_entry_fn fn, void *ctx);

/* Takes an event for the host. */
typedef void (*inspector_emit_fn)(void *to, const struct ebpfi_event *event);

enum { INSPECTOR_OPTIONS_MAX = 16 };

/* An option that the host sets by name before load. */
struct inspector_option {
	const char *name, *help;
	const char *knob; /* a KNOB(__u32, ...) of the program, or NULL */
	const char *map;  /* the map whose number of entries the option sets, or NULL */
	uint32_t min, max, initial;
};

struct inspector {
	const char *name;
	const char *unit;                    /* what its ledger counts; NULL: packets */
	const void *(*object)(size_t *size); /* the embedded BPF object */
	const struct native_inspector *native;
	const struct inspector_option *options; /* the last has no name; NULL: no options */
	/* It reads TCP's byte streams: a replay puts segments into the order in which they were sent. */
	bool reads_streams;
	uint16_t first_kind, last_kind; /* of its events */
	size_t event_size;              /* a shorter event is not printed */
	void (*str)(struct text *t, const struct ebpfi_event *event);
	void (*json)(struct json *j, const struct ebpfi_event *event);
	/* Fills in tables before the first packet. This and all later functions may be NULL. */
	int (*prepare)(inspector_put_fn put, void *to);
	/*
	 * A session's memory for complete(), which makes any number of events from a record. It returns how many were lost for lack of
	 * memory.
	 */
	void *(*state_new)(void);
	void (*state_free)(void *state);
	/* Tells the state an option's value, the initial one too. */
	void (*state_set)(void *state, const char *option, uint32_t value);
	unsigned int (*complete)(void *state, const struct ebpfi_event *record, inspector_emit_fn emit, void *to);
	/*
	 * Reports what is open in the programs' maps at the end of a capture or a session, before the last tick. Returns like
	 * complete().
	 */
	unsigned int (*open)(void *state, inspector_walk_fn walk, void *from, inspector_emit_fn emit, void *to);
	/*
	 * Reports the passing of time, for events about timeouts; returns like complete(). Live, it is called about ten times per second
	 * while the host polls, with the time of day; in a replay after each 100 ms of the capture. At the end of the capture or the
	 * session it is called with UINT64_MAX.
	 */
	unsigned int (*tick)(void *state, uint64_t now_ns, inspector_emit_fn emit, void *to);
};

/*
 * Adds an inspector to the bundled ones, for the life of the process. For a library built on this one. -EEXIST: its name or one of its
 * event kinds is taken. Safe in any thread.
 */
__attribute__((visibility("default"))) int inspector_register(const struct inspector *inspector);

/* By position, NULL past the last; by name; by the kind of an event. */
const struct inspector *inspector_at(unsigned int index);
const struct inspector *inspector_named(const char *name);
const struct inspector *inspector_of_kind(uint16_t kind);

/* Whether the inspector has a program for an enum ebpfi_hook. */
bool inspector_has_hook(const struct inspector *inspector, unsigned int hook);
