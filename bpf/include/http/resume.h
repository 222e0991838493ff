/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Stores a message that is cut between segments, and resumes it. The connection's entry has room for its state and for the text of a
 * response. A request has more text, but few requests are cut: the rest of its text is in a map of its own until the message ends.
 */
#pragma once

#include "http/work.h"

enum {
	CUT_REQUESTS = 2048,
	HTTP_REST = HTTP_LONGEST - HTTP_SHORT,
};

/* The text from HTTP_SHORT on. struct http_text has room after it for the connection. */
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

/* 0: the entry was evicted, or there was no memory to save it. */
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
	/* The compiler copies 1,024 bytes at most. */
	__builtin_memcpy(r->text.at + HTTP_SHORT, rest->at, HTTP_LONG - HTTP_SHORT);
	__builtin_memcpy(r->text.at + HTTP_LONG, rest->at + HTTP_LONG - HTTP_SHORT, HTTP_LONGEST - HTTP_LONG);
	barrier();
	return READ_ONCE(rest->connection) ==
	       connection; /* the kernel may give an evicted entry to another request during the copy */
}

/* Marks a request whose text is lost. The ledger counts its event as cut. */
static __always_inline void http_mark_text_lost(struct http_message *m)
{
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (m->anomalies >> EBPFI_HTTP_TEXT_LOST & 1)
		return;
	http_add_anomaly(m, EBPFI_HTTP_TEXT_LOST);
	if (l)
		bump(&l->cut);
}

/* Loads the text into the CPU's memory, if it is not there. */
static __always_inline void http_load_text(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;

	if (!http_has(m, HTTP_STORED))
		return;
	__builtin_memcpy(loop->r->text.at, loop->side->text, HTTP_SHORT);
	if (!http_has(m, HTTP_STORED_LONG)) /* the CPU's memory has another message's text there */
		__builtin_memset(loop->r->text.at + HTTP_SHORT, 0, HTTP_MIDDLE - HTTP_SHORT);
	m->notes &= ~(1 << HTTP_STORED);
	if (http_has(m, HTTP_STORED_LONG) && !http_load_rest(loop->c->id))
		http_mark_text_lost(m);
}

/* The only own text of a response there is Location. */
static __always_inline int http_has_rest(const struct http_message *m)
{
	return http_has(m, HTTP_IS_RESPONSE) ? m->used[EBPFI_HTTP_LOCATION] != 0 : http_extent(m->used) != HTTP_SHORT;
}

static __always_inline void http_store_text(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;

	if (!http_has_begun(m) || http_has(m, HTTP_STORED))
		return;
	__builtin_memcpy(loop->side->text, loop->r->text.at, HTTP_SHORT);
	m->notes |= 1 << HTTP_STORED;
	if (!http_has_rest(m))
		return;
	m->notes |= 1 << HTTP_STORED_LONG;
	http_save_rest(loop->c->id);
}

/* Loads the direction's message into the CPU's memory. After the head, only an event needs the text. */
static __always_inline void http_load_message(const struct http_loop *loop)
{
	loop->w->connection = loop->c->id;
	loop->r->m = loop->side->m;
	if (!http_has(&loop->r->m, HTTP_HEAD_DONE))
		http_load_text(loop);
}

/*
 * The kernel reuses the memory of an evicted or deleted LRU entry at once, even if a program still has a pointer to it. Then this message
 * is counted as lost, and the new connection keeps its own.
 */
static __always_inline void http_store_message(const struct http_loop *loop)
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
