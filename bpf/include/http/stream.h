/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A TCP connection as two streams of HTTP messages: which role a direction has, which response belongs to which request. */
#pragma once

#include "http/reader.h"
#include "tcp_stream.h"

enum {
	HTTP_IN_FLIGHT = 32, /* requests that may wait for their response; a power of two */
};

/* Anomalies of the stream, not of a message. */
enum { HTTP_STREAM_ANOMALIES = 1 << EBPFI_HTTP_GAP | 1 << EBPFI_HTTP_MIDSTREAM | 1 << EBPFI_HTTP_FRAGMENT };

/* One direction. */
struct http_side {
	struct http_message m;
	__u8 text[HTTP_SHORT]
		__attribute__((aligned(8))); /* the beginning of the message's text; see http/resume.h for the rest */
	struct tcp_direction tcp;
	__u8 sure;              /* HTTP was recognised; until then, what cannot be read is somebody else's protocol */
	__u8 role;              /* HTTP_REQUEST, HTTP_RESPONSE, or HTTP_ANY while it is not known */
	__u32 stream_anomalies; /* anomalies of the stream that the next message will carry */
};

/* What a connection is instead. */
enum http_tunnel { HTTP_NONE, HTTP_OTHER, HTTP_TWO };

struct http_pending {
	__u64 time_ns; /* of the request's first byte */
	__u64 body_bytes;
	__u64 anomalies;
	__u32 number;
	__u32 kind;
};

/*
 * Each direction writes its own side, on whichever CPU its packets come. Of the requests in flight, the client's direction writes
 * `pushed` and the entries, the server's `popped`: one writer each, so neither needs a lock. Where messages were lost nobody knows
 * which response belongs to which request: `pairing_lost` says so, until a request comes of which TCP shows that nothing is under way.
 */
struct http_connection {
	struct http_side side[TCP_DIRECTIONS];
	__u64 id;
	__u32 pushed, popped;
	__u32 pairing_lost, paired_until; /* `paired_until`: the last request, if any, whose response is still known */
	__u32 acked;                      /* by the segment that completed the last request's head */
	__u8 pipelined;
	__u8 tunnel; /* enum http_tunnel: it is no longer HTTP/1, in neither direction */
	struct http_pending pending[HTTP_IN_FLIGHT];
};

/* Of a message that has begun, and of a direction in which none has. */
static __always_inline int http_is_response(const struct http_message *m, __u8 role)
{
	return http_has(m, HTTP_IS_RESPONSE) || role == HTTP_RESPONSE;
}

/* The next message is looked for where a segment begins. */
static __always_inline void http_resync(struct http_message *m, __u8 role)
{
	http_forget(m);
	m->state = role;
}

/* A message of which at least a byte was read. */
static __always_inline int http_begun(const struct http_message *m)
{
	return m->used[EBPFI_HTTP_METHOD] || http_has(m, HTTP_HEAD_DONE);
}

static __always_inline void http_open(struct http_side *side, __u32 next, __u8 role)
{
	http_forget(&side->m);
	tcp_begin(&side->tcp, next);
	side->sure = 0;
	side->role = role;
	side->stream_anomalies = 0;
	side->m.state = role;
}

static __always_inline struct http_pending *http_pending_at(struct http_connection *c, __u32 number)
{
	return &c->pending[number & (HTTP_IN_FLIGHT - 1)];
}

/* Whether the request that the next response answers, the oldest that waits, is known. */
static __always_inline int http_is_paired(struct http_connection *c)
{
	const struct http_pending *pending = http_pending_at(c, c->popped + 1);

	return pending->number == c->popped + 1 && (!c->pairing_lost || (__s32)(c->paired_until - pending->number) >= 0);
}

/* What kind of request the next response answers, an enum http_kind. */
static __always_inline __u32 http_asked(struct http_connection *c)
{
	return http_is_paired(c) ? http_pending_at(c, c->popped + 1)->kind : HTTP_PLAIN;
}

/* Messages of a side were lost, or may have been: of a client, the requests before them still have their responses. */
GLOBAL_FUNCTION __u32 http_lose_pairing(struct http_connection *c, __u32 is_response)
{
	__u32 popped, pushed, paired_until;

	if (!c)
		return 0;
	popped = c->popped;
	pushed = c->pushed;
	barrier_var(popped); /* or the compiler chooses the address, which the verifier refuses without CAP_PERFMON */
	barrier_var(pushed);
	paired_until = is_response ? popped : pushed;
	if (!c->pairing_lost || (__s32)(paired_until - c->paired_until) < 0)
		c->paired_until = paired_until;
	c->pairing_lost = 1;
	return 0;
}

/*
 * The client has all that the server sent, up to `ack`, and asks: without pipelining, this is what comes to be answered next. Of a server
 * that was not seen yet it is known that it said something if the client acknowledges more than at its last request.
 */
GLOBAL_FUNCTION __u32 http_restore_pairing(struct http_connection *c, const struct http_side *server, __u32 ack)
{
	__s32 unseen;

	if (!c || !server)
		return 0;
	unseen = ack - (server->tcp.known ? server->tcp.next : c->pushed ? c->acked : ack);
	c->acked = ack;
	if (unseen > 0 && !(http_in_body(&server->m) && server->m.left >= (__u32)unseen))
		http_lose_pairing(c, 1);
	if (c->pairing_lost) {
		if (c->pipelined || unseen)
			return 0;
		c->popped = c->pushed;
		c->pairing_lost = 0;
	}
	if (c->popped != c->pushed && unseen <= 0)
		c->pipelined = 1;
	return 0;
}
