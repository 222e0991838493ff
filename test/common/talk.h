/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One TCP connection through the inspector `http` on this CPU, and its events. */
#pragma once

#include <ebpfinspect/event.h>
#include <stdbool.h>

#include "http/record.h"
#include "segments.h"

enum { TALK_EVENTS = 256 };

struct talk {
	struct segments to; /* sends the segments */
	struct native_run *run;
	uint64_t now;        /* of the next frame; each frame takes a microsecond */
	uint16_t proto, tci; /* the offloaded tag of the next frames */
	uint32_t snaplen;    /* bytes captured of each frame; 0: all */
	void *state;         /* the library's, after talk_complete() */
	bool completing;
	int count;
	struct http_record events[TALK_EVENTS];
};

/* A connection, not open yet; `tunnels` is the inspector's knob. */
struct talk *talk_new(int tunnels);
void talk_free(struct talk *t);

/* From now on the events are those that a host gets: the library completes the records. talk_end() tells what is open. */
void talk_complete(struct talk *t);
void talk_end(struct talk *t);

/* Starts again: a new connection with a handshake, no events. */
void talk_open(struct talk *t);

/* Sends bytes in segments of at most `each` bytes; 0: in one segment. */
void talk_say(struct talk *t, int from, const char *text);
void talk_bytes(struct talk *t, int from, const void *bytes, size_t size, size_t each);

/* The n-th event of a kind, from 0; NULL: there are fewer. */
const struct ebpfi_http *talk_event(const struct talk *t, int kind, int n);
int talk_count(const struct talk *t, int kind);

/* Whether a field is this text. */
int talk_is(const struct ebpfi_http *h, enum ebpfi_http_field field, const char *text);

/*
 * To compare the events of the same bytes with other cuts: clears the times, and counts the events before a direction becomes unreadable,
 * because any later segment may begin a message.
 */
void talk_forget_times(struct talk *t);
int talk_readable(const struct talk *t);

/* The anomalies that can cause request smuggling. */
uint64_t talk_smuggling(uint64_t anomalies);
