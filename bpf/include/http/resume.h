/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A message that is cut between segments: how it is put away and resumed. The entry of its connection has its state, and of its text what
 * a response has. A request's text is longer, and most requests are not cut: it goes into a map of its own until the message ends.
 */
#pragma once

#include "http/work.h"

enum {
	CUT_REQUESTS = 2048,
	HTTP_REST = HTTP_LONG - HTTP_SHORT,
};

/* In struct http_text, what begins at HTTP_SHORT; behind a text there is room to say whose it is. */
struct http_rest {
	__u8 at[HTTP_REST] __attribute__((aligned(8)));
	__u64 connection;
};

MAP(texts, LRU_HASH, struct tcp_stream, struct http_rest, CUT_REQUESTS);

GLOBAL_FUNCTION __u32 http_save_rest(__u64 connection)
{
	struct http_reading *r = reading_of_cpu();
	struct http_work *w = work_of_cpu();
	struct http_rest *rest;

	if (!r || !w)
		return 0;
	rest = (struct http_rest *)(r->text.at + HTTP_SHORT);
	rest->connection = connection;
	bpf_map_update_elem(&texts, &w->tcp.stream, rest, BPF_ANY);
	return 0;
}

/* 0: it was evicted, or there was no memory to save it. */
GLOBAL_FUNCTION __u32 http_load_rest(__u64 connection)
{
	struct http_reading *r = reading_of_cpu();
	struct http_work *w = work_of_cpu();
	const struct http_rest *rest;

	if (!r || !w)
		return 0;
	rest = bpf_map_lookup_elem(&texts, &w->tcp.stream);
	if (!rest)
		return 0;
	__builtin_memcpy(r->text.at + HTTP_SHORT, rest->at, HTTP_REST);
	barrier();
	return READ_ONCE(rest->connection) ==
	       connection; /* the kernel may give an evicted entry to another request meanwhile */
}

/* An event without a request's text is marked, and counted in the ledger as one that was cut. */
static __always_inline void http_lose_text(struct http_message *m)
{
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (m->anomalies >> EBPFI_HTTP_TEXT_LOST & 1)
		return;
	http_wrong(m, EBPFI_HTTP_TEXT_LOST);
	if (l)
		bump(&l->cut);
}

/* The text into the CPU's memory, if it is not there. */
static __always_inline void http_load_text(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;

	if (!http_has(m, HTTP_STORED))
		return;
	__builtin_memcpy(loop->r->text.at, loop->side->text, HTTP_SHORT);
	m->notes &= ~(1 << HTTP_STORED);
	if (http_has(m, HTTP_STORED_LONG) && !http_load_rest(loop->c->id))
		http_lose_text(m);
}

/* A response has no other text: the library adds its request's. */
static __always_inline int http_has_rest(const struct http_message *m)
{
	return !http_has(m, HTTP_IS_RESPONSE) && http_extent(m->used) != HTTP_SHORT;
}

static __always_inline void http_store_text(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;

	if (!http_begun(m) || http_has(m, HTTP_STORED))
		return;
	__builtin_memcpy(loop->side->text, loop->r->text.at, HTTP_SHORT);
	m->notes |= 1 << HTTP_STORED;
	if (!http_has_rest(m))
		return;
	m->notes |= 1 << HTTP_STORED_LONG;
	http_save_rest(loop->c->id);
}

/* The direction's message into the CPU's memory. Once its head is complete, its text is needed only by an event. */
static __always_inline void http_take(const struct http_loop *loop)
{
	loop->w->connection = loop->c->id;
	loop->r->m = loop->side->m;
	if (!http_has(&loop->r->m, HTTP_HEAD_DONE))
		http_load_text(loop);
}

/*
 * The kernel gives the memory of an LRU entry to another connection as soon as it evicts or deletes it, whoever still points there. Then the
 * message is lost, which is counted, and the other connection keeps its own.
 */
static __always_inline void http_put(const struct http_loop *loop)
{
	int was_long = http_has(&loop->side->m, HTTP_STORED_LONG);

	if (READ_ONCE(loop->c->id) != loop->w->connection) {
		count_lost_map();
		return;
	}
	http_store_text(loop);
	loop->side->m = loop->r->m;
	if (was_long && !http_has(&loop->r->m, HTTP_STORED_LONG))
		bpf_map_delete_elem(&texts, &loop->w->tcp.stream);
}
