/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What a CPU is reading: a message and the piece of a segment that is walked. */
#pragma once

#include "http_machine.h"

enum { HTTP_TURNS_MAX = HTTP_CHUNK * 2 }; /* of a piece: each but the last has at least a byte */

/* A message lies here while it is read, and in its connection's entry between two segments. */
struct http_reading {
	struct http_message m;
	struct http_walk walk;
	__u32 stop; /* enum http_stop: of the last turn */
};

MAP(reading, PERCPU_ARRAY, __u32, struct http_reading, 1);

/* The grammar. Written by the library before the programs are attached. */
MAP(http_table, ARRAY, __u32, struct http_table, 1);

static __always_inline struct http_reading *http_reading_of_cpu(void)
{
	KEY(__u32, only, 0);

	return bpf_map_lookup_elem(&reading, &only);
}

struct http_turns {
	const struct http_table *t;
	struct http_reading *r;
};

static long take_turn(__u32 i, struct http_turns *turns)
{
	struct http_reading *r = turns->r;

	(void)i;
	r->stop = http_turn(turns->t, &r->m, &r->walk);
	return r->stop != HTTP_GO_ON || r->walk.at >= r->walk.end || r->m.state == HTTP_BROKEN;
}

/* Up to where something has to be done, or the piece ends: an enum http_stop. */
SEPARATE __u32 http_walk(void)
{
	KEY(__u32, only, 0);
	struct http_turns turns = { .t = bpf_map_lookup_elem(&http_table, &only) };

	turns.r = http_reading_of_cpu();
	if (!turns.t || !turns.r)
		return HTTP_STOP;
	bpf_loop(HTTP_TURNS_MAX, take_turn, &turns, 0);
	return turns.r->stop;
}
