/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The state of one segment in the inspector `http`, and the connections. */
#pragma once

#include "decoded.h"
#include "http/request_kind.h"
#include "http/stream.h"

enum {
	CONNECTIONS = 8192,
	EEXIST_OF_MAP = 17, /* -EEXIST, as the kernel's helpers return it */
};

/* How the direction ends after the segment's bytes. */
enum http_closing { HTTP_OPEN, HTTP_CLOSED, HTTP_ABORTED };

/* It is in a map for the same reason as struct decode. */
struct http_work {
	struct tcp_segment tcp;
	struct http_range range; /* the new bytes */
	__u32 closing;           /* enum http_closing */
	__u32 first_seq;         /* sequence number of the first new byte */
	__u64 connection;        /* the entry's id when it was looked up */
	struct ebpfi_http head;  /* the event to emit, without its text; kind 0: none */
};

SCRATCH(work, struct http_work);

/* Never written: a new connection is a copy of it. */
MAP(blank, ARRAY, __u32, struct http_connection, 1);

MAP(connections, LRU_HASH, struct tcp_key, struct http_connection, CONNECTIONS);

/* The context of a loop callback, on the program's stack. */
struct http_loop {
	struct pkt_bytes bytes;
	struct ebpfi_packet *e;
	struct http_work *w;
	struct http_reading *r;
	struct http_connection *c;
	struct http_side *side, *other; /* the packet's sender and receiver */
};

/* Counts an event that is lost because its connection has no entry. */
static __always_inline void count_lost_map(void)
{
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (!l)
		return;
	bump(&l->seen);
	bump(&l->lost_map);
}

static __always_inline void set_sides(struct http_loop *loop)
{
	loop->side = &loop->c->side[tcp_index(&loop->w->tcp)];
	loop->other = &loop->c->side[tcp_index(&loop->w->tcp) ^ 1];
}

static __always_inline int is_response(const struct http_loop *loop)
{
	return http_is_response(&loop->r->m, loop->side->role);
}
