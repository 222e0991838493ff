/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One TCP connection through the inspector `http` on this CPU, and the events that came of it. */
#pragma once

#include <ebpfinspect/event.h>

#include "http/record.h"
#include "segments.h"

enum { TALK_EVENTS = 256 };

struct talk {
	struct segments to; /* segments go here */
	struct native_run *run;
	uint64_t now;        /* of the next frame; each frame takes a microsecond */
	uint16_t proto, tci; /* the offloaded tag of what comes next */
	uint32_t snaplen;    /* bytes that the capture keeps of each frame, 0: all */
	int count;
	struct http_record events[TALK_EVENTS];
};

/* A connection that is not open yet; `tunnels` is the inspector's knob. */
struct talk *talk_new(int tunnels);
void talk_free(struct talk *t);

/* Begins again: no events, a new connection with a handshake. */
void talk_open(struct talk *t);

/* One segment of text, `size` bytes at most each; 0: in one. */
void talk_say(struct talk *t, int from, const char *text);
void talk_bytes(struct talk *t, int from, const void *bytes, size_t size, size_t each);

/* The n-th event of a kind, from 0; NULL where there are fewer. */
const struct ebpfi_http *talk_event(const struct talk *t, int kind, int n);
int talk_count(const struct talk *t, int kind);

/* Whether a field is this text. */
int talk_is(const struct ebpfi_http *h, enum ebpfi_http_field field, const char *text);

/*
 * For what has to be said alike however the bytes are cut: forgets when it was, which the cuts decide; and how many events there are up to
 * where a direction cannot be read on, for behind that any segment may begin a message.
 */
void talk_forget_times(struct talk *t);
int talk_readable(const struct talk *t);

/* The bits of anomalies that let two readers disagree. */
uint64_t talk_smuggling(uint64_t anomalies);
