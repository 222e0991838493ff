/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What is done where the machine stops: at the end of a head or of a message, at what cannot be read, where bytes are missing. */
#pragma once

#include "http/http2_walk.h"

/* Written at once: a choice that the compiler keeps on the stack is what Linux before 6.8 refuses without CAP_PERFMON. */
static __always_inline void request_event(const struct http_loop *loop, __u16 kind)
{
	WRITE_ONCE(loop->w->head.event.kind, kind);
}

static __always_inline void resync(const struct http_loop *loop)
{
	http_resync(&loop->r->m, loop->side->role);
}

/* The next message that is told carries what is wrong with the stream. */
static __always_inline void take_stream_anomalies(const struct http_loop *loop)
{
	loop->r->m.anomalies |= loop->side->stream_anomalies;
	loop->side->stream_anomalies = 0;
}

static __always_inline void take_roles(const struct http_loop *loop, int response)
{
	struct http_side *other = loop->other;

	loop->side->role = response ? HTTP_RESPONSE : HTTP_REQUEST;
	if (other->role != HTTP_ANY)
		return;
	other->role = response ? HTTP_REQUEST : HTTP_RESPONSE;
	if (other->m.state == HTTP_ANY)
		other->m.state = other->role;
}

/* No longer HTTP/1, both ways; HTTP/2, where that was found. */
static __always_inline void tunnel(const struct http_loop *loop)
{
	http_forget(&loop->r->m);
	loop->r->m.state = HTTP_TUNNEL;
	if (!loop->c->tunnel)
		loop->c->tunnel = HTTP_OTHER;
}

static __always_inline int request_head(const struct http_loop *loop, struct http_message *m)
{
	struct http_connection *c = loop->c;
	struct http_pending *pending = http_pending_at(c, c->pushed + 1);
	int stop = HTTP_GO_ON;

	if (m->minor == 1 && !http_has(m, HTTP_HAS_HOST))
		http_wrong(m, EBPFI_HTTP_NO_HOST);
	http_restore_pairing(c, loop->other, loop->e->tcp_ack);
	pending->time_ns = m->time_ns;
	pending->body_bytes = 0;
	pending->kind = m->kind;
	request_event(loop, EBPFI_EVENT_HTTP_REQUEST);
	if (pending->kind == HTTP_IS_CONNECT)
		m->state = HTTP_TUNNEL;
	else
		stop = http_frame(m, 0, 0);
	pending->anomalies = m->anomalies;
	pending->number = ++c->pushed;
	return stop;
}

/* The client was told that it stays HTTP, whatever was made of what it sent meanwhile. */
static __always_inline void keep_http(struct http_side *side)
{
	if (side->m.state == HTTP_TUNNEL)
		http_resync(&side->m, HTTP_REQUEST);
}

/* 1xx but 101 is no answer yet (RFC 9110 15.2). */
static __always_inline int response_head(const struct http_loop *loop, struct http_message *m)
{
	__u32 kind = http_asked(loop->c);

	if (m->status >= 100 && m->status < 200 && m->status != 101) {
		loop->side->stream_anomalies |= m->anomalies & HTTP_STREAM_ANOMALIES;
		resync(loop);
		return HTTP_GO_ON;
	}
	if ((kind == HTTP_IS_CONNECT && m->status >= 300) || (kind == HTTP_IS_UPGRADE && m->status != 101))
		keep_http(loop->other);
	if (m->status == 101 || m->status == 204 || m->status == 304)
		return http_frame(m, 1, 1);
	return http_frame(m, 1, kind == HTTP_IS_HEAD || (kind == HTTP_IS_CONNECT && m->status < 300));
}

/* RFC 9113 3.4; any other message of version 2.0 is none of HTTP/2. */
static __always_inline int is_preface(struct http_message *m)
{
	if (!http_has(m, HTTP_PREFACE))
		return 0;
	if (!http_has(m, HTTP_IS_RESPONSE) && m->kind == HTTP_IS_PRI)
		return 1;
	m->notes &= ~(1 << HTTP_PREFACE);
	http_wrong(m, EBPFI_HTTP_BAD_VERSION);
	return 0;
}

/* The client has sent its preface up to where an HTTP/1 head would end. Where nobody reads on, this is what is told of HTTP/2. */
static __always_inline int on_preface(const struct http_loop *loop, struct http_message *m)
{
	if (http2_is_read()) {
		http2_begin(m, 1, HTTP2_PREFACE - 6);
		loop->c->tunnel = HTTP_TWO;
		return HTTP_GO_ON;
	}
	m->state = HTTP_TUNNEL;
	request_event(loop, EBPFI_EVENT_HTTP_REQUEST);
	return HTTP_GO_ON;
}

/* "GET x" and a line end is HTTP/0.9 only where HTTP was seen before. */
static __always_inline int on_head(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;
	int response = http_has(m, HTTP_IS_RESPONSE);

	if (http_has(m, HTTP_OLD) && !loop->side->sure) {
		m->state = HTTP_BROKEN;
		return HTTP_GO_ON;
	}
	loop->side->sure = 1;
	take_stream_anomalies(loop);
	m->notes |= 1 << HTTP_HEAD_DONE;
	take_roles(loop, response);
	if (is_preface(m))
		return on_preface(loop, m);
	return response ? response_head(loop, m) : request_head(loop, m);
}

/*
 * A request's end. 1: what was learned of its body has to be told by itself: the response came before, or it may never come, and readers
 * may disagree.
 */
static __always_inline int request_end(const struct http_loop *loop)
{
	const struct http_message *m = &loop->r->m;
	struct http_connection *c = loop->c;
	struct http_pending *pending = http_pending_at(c, c->pushed);
	__u64 late = m->anomalies & ~pending->anomalies;

	pending->body_bytes = m->body_bytes;
	pending->anomalies |= late;
	return late & ~(__u64)HTTP_STREAM_ANOMALIES || (late && c->popped == c->pushed);
}

static __always_inline void response_end(const struct http_loop *loop)
{
	struct http_connection *c = loop->c;
	__u32 status = loop->r->m.status;
	int leaves = status == 101 || (http_asked(c) == HTTP_IS_CONNECT && status / 100 == 2);

	if (c->popped == c->pushed)
		http_lose_pairing(c, 1);
	else
		c->popped++;
	if (status == 101 && http2_is_upgrade())
		c->tunnel = HTTP_TWO;
	resync(loop);
	if (leaves)
		tunnel(loop);
}

/* Behind a request to upgrade whose answer was not seen, as at XDP, what is no HTTP is the other protocol. */
static __always_inline int was_upgraded(const struct http_loop *loop)
{
	struct http_connection *c = loop->c;

	return loop->side->role == HTTP_REQUEST && c->pushed != c->popped &&
	       http_pending_at(c, c->pushed)->kind == HTTP_IS_UPGRADE;
}

/* What ends a message, and what has to be told of it. */
static __always_inline void on_end(const struct http_loop *loop)
{
	if (http_has(&loop->r->m, HTTP_IS_RESPONSE))
		request_event(loop, EBPFI_EVENT_HTTP_RESPONSE);
	else if (request_end(loop) && !loop->w->head.event.kind)
		request_event(loop, EBPFI_EVENT_HTTP_BROKEN);
}

/* What cannot be read is worth telling where it is HTTP for sure. */
static __always_inline int is_http(const struct http_loop *loop)
{
	const struct http_message *m = &loop->r->m;

	return loop->side->sure || http_has(m, HTTP_HAS_VERSION) || http_has(m, HTTP_IS_RESPONSE);
}

/* What was read of a message that nobody will see the end of. */
static __always_inline void on_lost(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;

	if (!http_begun(m) || !is_http(loop))
		return;
	if (http_has(m, HTTP_HEAD_DONE)) {
		on_end(loop);
		return;
	}
	take_stream_anomalies(loop);
	request_event(loop, EBPFI_EVENT_HTTP_BROKEN);
}

/* The tables of its header compression are not known, so it is told once and left alone. */
static __always_inline int on_underway(const struct http_loop *loop, struct http_message *m)
{
	http_forget(m);
	m->time_ns = 0;
	m->notes = 1 << HTTP_PREFACE;
	http_wrong(m, EBPFI_HTTP_MIDSTREAM);
	take_stream_anomalies(loop);
	request_event(loop, EBPFI_EVENT_HTTP_BROKEN);
	return HTTP_GO_ON;
}

static __always_inline int on_broken(const struct http_loop *loop, __u8 hook)
{
	struct http_message *m = &loop->r->m;

	if (http2_is_underway(loop, hook))
		return on_underway(loop, m);
	if (!http_has(m, HTTP_HEAD_DONE) && was_upgraded(loop)) {
		http_forget(m);
		m->state = HTTP_TUNNEL;
		return HTTP_GO_ON;
	}
	if (is_http(loop)) {
		take_stream_anomalies(loop);
		request_event(loop, EBPFI_EVENT_HTTP_BROKEN);
	}
	if (http_has(m, HTTP_HEAD_DONE) && !http_has(m, HTTP_IS_RESPONSE))
		request_end(loop);
	return HTTP_STOP;
}

/* What a closed connection leaves unfinished is told: a body that ends here is complete, anything else is cut off. */
static __always_inline int on_close(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;
	int orderly = loop->w->closing == HTTP_CLOSED;

	loop->w->closing = HTTP_OPEN;
	if (!http_begun(m) || !is_http(loop))
		return HTTP_STOP;
	if (!http_is_over(m) && !(orderly && http_has(m, HTTP_UNTIL_CLOSE)))
		http_wrong(m, EBPFI_HTTP_CUT_OFF);
	on_lost(loop);
	if (!is_response(loop) && m->anomalies >> EBPFI_HTTP_CUT_OFF & 1)
		request_event(loop, EBPFI_EVENT_HTTP_BROKEN);
	return http_has(m, HTTP_HEAD_DONE) ? HTTP_END : HTTP_STOP;
}

/* What to do, and to tell, where the machine stopped. What it returns is what follows once that is told. */
static __always_inline int on_stop(const struct http_loop *loop, int stop, __u8 hook)
{
	if (stop == HTTP_HEAD)
		stop = on_head(loop);
	if (stop == HTTP_GO_ON && is_response(loop) && loop->r->m.state == HTTP_BODY)
		stop = http_pass_body(loop->r, &loop->w->range);
	if (stop == HTTP_DONE)
		return on_close(loop);
	if (stop == HTTP_END)
		on_end(loop);
	else if (stop == HTTP_LOST)
		on_lost(loop);
	else if (loop->r->m.state == HTTP_BROKEN)
		stop = on_broken(loop, hook);
	return stop;
}

/* From here on only what is plainly HTTP is worth telling. */
static __always_inline void abandon_stream(const struct http_loop *loop)
{
	http_lose_pairing(loop->c, is_response(loop));
	loop->side->sure = 0;
	loop->side->stream_anomalies |= 1U << EBPFI_HTTP_MIDSTREAM;
	http_forget(&loop->r->m);
	loop->r->m.state = HTTP_BROKEN;
}

static __always_inline void restart_after_gap(const struct http_loop *loop)
{
	http_lose_pairing(loop->c, is_response(loop));
	loop->side->stream_anomalies |= 1U << EBPFI_HTTP_GAP;
	resync(loop);
}

/* After the event: on to the next message, or to what is no HTTP/1 any more. 1: the segment is done with. */
static __always_inline int proceed(const struct http_loop *loop, int stop)
{
	const struct http_message *m = &loop->r->m;

	if (loop->w->head.event.kind && http_has(m, HTTP_PREFACE))
		tunnel(loop);
	if (stop == HTTP_LOST)
		restart_after_gap(loop);
	if (stop == HTTP_STOP)
		abandon_stream(loop);
	if (stop == HTTP_END && http_has(m, HTTP_IS_RESPONSE))
		response_end(loop);
	else if (stop == HTTP_END)
		resync(loop);
	return stop == HTTP_STOP || m->state == HTTP_TUNNEL || m->state == HTTP_H2;
}
