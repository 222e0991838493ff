/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One segment's work on its way through the inspector `http`, and the connections it belongs to. */
#pragma once

#include "decoded.h"
#include "http/stream.h"
#include "http/walk.h"
#include "maps.h"

enum {
	CONNECTIONS = 8192,
	OPENINGS = 65536,
};

/* What comes after the segment's bytes. */
enum http_closing { HTTP_OPEN, HTTP_CLOSED, HTTP_ABORTED };

/* Connections of which only the handshake was seen: where each side's first byte is. A flood of SYNs evicts these, not those. */
struct http_opening {
	__u32 next[HTTP_SIDES];
	__u32 seen[HTTP_SIDES];
};
MAP(openings, LRU_HASH, struct http_key, struct http_opening, OPENINGS);

/* In a map, for the same reason as struct decode. */
struct http_work {
	struct http_key key;
	__u32 skip;           /* of the segment's bytes, so many were read before */
	__u32 at, end;        /* of those that were not: offsets in the packet */
	__u32 before, behind; /* bytes that are missing before and after them */
	__u32 closing;        /* enum http_closing */
	__u32 side;           /* that the packet comes from */
	struct http_opening opening;
	struct ebpfi_http head; /* the event to emit, but for its text; kind 0: none */
};

SCRATCH(work, struct http_work);

/* Never written: what a new connection is copied from. */
MAP(blank, ARRAY, __u32, struct http_connection, 1);

MAP(connections, LRU_HASH, struct http_key, struct http_connection, CONNECTIONS);

/*
 * Of the direction that the packet goes in. Read from memory each time, so that the verifier has one range for it on all paths, which
 * it wants of offsets into maps without CAP_PERFMON.
 */
static __always_inline __u32 my_index(const struct http_work *w)
{
	__u32 side = READ_ONCE(w->side);

	barrier_var(side);
	return side & 1;
}

/* What a loop's callback is given: pointers, from the program's stack. */
struct http_loop {
	struct pkt_bytes bytes;
	struct ebpfi_packet *e;
	struct http_work *w;
	struct http_reading *r;
	struct http_connection *c;
	struct http_side *side, *other; /* that the packet comes from, and goes to */
};

static __always_inline void take_sides(struct http_loop *loop)
{
	loop->side = &loop->c->side[my_index(loop->w)];
	loop->other = &loop->c->side[my_index(loop->w) ^ 1];
}

static __always_inline int is_response(const struct http_loop *loop)
{
	return http_is_response(&loop->r->m, loop->side->role);
}
