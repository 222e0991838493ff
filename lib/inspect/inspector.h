/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The user half of a bundled inspector: its object, its native twin, and its events as text. */
#pragma once

#include <ebpfinspect/event.h>

#include "json.h"

struct native_inspector;

struct inspector {
	const char *name;
	const void *(*object)(size_t *size); /* the embedded BPF object */
	const struct native_inspector *native;
	uint16_t first_kind, last_kind; /* of its events */
	void (*str)(struct text *t, const struct ebpfi_event *event);
	void (*json)(struct json *j, const struct ebpfi_event *event);
};

/* By position, NULL past the last; by name; by the kind of an event. */
const struct inspector *inspector_at(unsigned int index);
const struct inspector *inspector_named(const char *name);
const struct inspector *inspector_of_kind(uint16_t kind);
