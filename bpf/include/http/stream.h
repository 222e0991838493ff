/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A TCP connection as two streams of HTTP messages: the role of each direction, and the request of each response. */
#pragma once

#include "http/connection.h"
#include "http/reader.h"
#include "tcp_stream.h"

/* Anomalies of the stream, not of a message. */
enum { HTTP_STREAM_ANOMALIES = 1 << EBPFI_HTTP_GAP | 1 << EBPFI_HTTP_MIDSTREAM | 1 << EBPFI_HTTP_FRAGMENT };

/* The next bytes may be the middle of a message. */
enum { HTTP_UNSURE = 1 << EBPFI_HTTP_GAP | 1 << EBPFI_HTTP_MIDSTREAM };

/* If no message has begun, the role of the direction decides. */
static __always_inline int http_is_response(const struct http_message *m, __u8 role)
{
	return http_has(m, HTTP_IS_RESPONSE) || role == HTTP_RESPONSE;
}

/* The next message may begin at the start of a segment. */
static __always_inline void http_resync(struct http_message *m, __u8 role)
{
	http_reset_message(m);
	m->state = role;
}

/* At least one byte of the message was read. */
static __always_inline int http_has_begun(const struct http_message *m)
{
	return m->used[EBPFI_HTTP_METHOD] || http_has(m, HTTP_HEAD_DONE);
}

static __always_inline void http_begin_side(struct http_side *side, __u32 next, __u8 role)
{
	http_reset_message(&side->m);
	tcp_begin(&side->tcp, next);
	side->recognised = 0;
	side->joined = 0;
	side->role = role;
	side->stream_anomalies = 0;
	side->m.state = role;
}

/* The kind of the request that the next response answers, an enum http_kind. */
static __always_inline __u32 http_answered_kind(struct http_connection *c)
{
	return http_is_paired(c) ? http_pending_at(c, c->popped + 1)->kind : HTTP_PLAIN;
}

/*
 * Messages of a side may be lost. If they were requests, the earlier requests can still be paired. `is_response` is 2 if a response is being
 * read, whose request is certain.
 */
GLOBAL_FUNCTION __u32 http_lose_pairing(struct http_connection *c, __u32 is_response)
{
	__u32 popped, pushed, paired_until;

	if (!c)
		return 0;
	popped = c->popped;
	pushed = c->pushed;
	barrier_var(popped); /* else the compiler selects an address, which the verifier refuses without CAP_PERFMON */
	barrier_var(pushed);
	paired_until = is_response ? popped + (is_response - 1) : pushed;
	if (!c->pairing_lost || (__s32)(paired_until - c->paired_until) < 0)
		c->paired_until = paired_until;
	c->pairing_lost = 1;
	return 0;
}

/*
 * A client that does not pipeline and has acknowledged all server bytes waits for no older response. If the server was not seen yet, a
 * larger ACK than at the last request proves that the server sent something. 1: give up the requests that wait, then all is certain.
 */
GLOBAL_FUNCTION __u32 http_restore_pairing(struct http_connection *c, const struct http_side *server, __u32 ack)
{
	__s32 unseen;

	if (!c || !server)
		return 0;
	unseen = ack - (server->tcp.known ? server->tcp.next : c->pushed ? c->acked : ack);
	c->acked = ack;
	if (unseen > 0 && !(http_in_body(&server->m) && server->m.left >= (__u32)unseen))
		http_lose_pairing(c, 1 + http_has(&server->m, HTTP_HEAD_DONE));
	if (c->popped != c->pushed && unseen <= 0 && (!c->pairing_lost || (__s32)(c->paired_until - c->popped) > 0))
		c->pipelined = 1;
	return c->pairing_lost && !c->pipelined && !unseen;
}
