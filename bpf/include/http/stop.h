/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Handles each stop of the state machine: the end of a head or a message, unreadable bytes, missing bytes. */
#pragma once

#include "http/unanswered.h"

/* A response whose body does not end in the segment of its head makes an event at its head, too. */
KNOB(__u32, heads, 0);

/* Write it immediately: the compiler would keep the choice on the stack, which Linux before 6.8 refuses without CAP_PERFMON. */
static __always_inline void set_event_kind(const struct http_loop *loop, __u16 kind)
{
	WRITE_ONCE(loop->w->head.event.kind, kind);
}

static __always_inline void resync(const struct http_loop *loop)
{
	http_resync(&loop->r->m, loop->side->role);
}

/* The next reported message carries the anomalies of the stream. */
static __always_inline void move_stream_anomalies(const struct http_loop *loop)
{
	loop->r->m.anomalies |= loop->side->stream_anomalies;
	loop->side->stream_anomalies = 0;
}

static __always_inline void set_roles(const struct http_loop *loop, int response)
{
	struct http_side *other = loop->other;

	loop->side->role = response ? HTTP_RESPONSE : HTTP_REQUEST;
	if (other->role != HTTP_ANY)
		return;
	other->role = response ? HTTP_REQUEST : HTTP_RESPONSE;
	if (other->m.state == HTTP_ANY)
		other->m.state = other->role;
}

/* Both directions leave HTTP/1, for HTTP/2 if that was found. */
static __always_inline void leave_http1(const struct http_loop *loop)
{
	http_reset_message(&loop->r->m);
	loop->r->m.state = HTTP_TUNNEL;
	if (!loop->c->tunnel)
		loop->c->tunnel = HTTP_OTHER;
}

static __always_inline void restore_pairing(const struct http_loop *loop)
{
	struct http_connection *c = loop->c;

	http_give_up(c, c->pushed, EBPFI_HTTP_REASON_UNCERTAIN);
	c->popped = c->pushed;
	c->pairing_lost = 0;
}

/* A request has its place in the order of the responses, also if its head cannot be read to its end. */
static __always_inline struct http_pending *count_request(const struct http_loop *loop)
{
	struct http_connection *c = loop->c;
	struct http_pending *pending = http_pending_at(c, c->pushed + 1);
	struct http_message *m = &loop->r->m;

	if (http_restore_pairing(c, loop->other, loop->e->tcp_ack))
		restore_pairing(loop);
	pending->time_ns = m->time_ns;
	pending->body_bytes = 0;
	pending->anomalies = m->anomalies;
	pending->kind = m->kind;
	pending->major = http_major(m);
	pending->minor = http_minor(m);
	pending->number = ++c->pushed;
	m->notes |= 1 << HTTP_COUNTED;
	return pending;
}

/* The client has seen the answer to its CONNECT, which was not seen here (XDP sees one direction): the tunnel is open. */
static __always_inline int is_in_tunnel(const struct http_loop *loop)
{
	const struct http_connection *c = loop->c;

	return loop->side->stream_anomalies >> EBPFI_HTTP_REFUSED & 1 && c->pushed != c->popped &&
	       loop->e->tcp_ack != c->acked && http_pending_at(loop->c, c->pushed)->kind == HTTP_IS_CONNECT;
}

static __always_inline int request_head(const struct http_loop *loop, struct http_message *m)
{
	struct http_pending *pending;
	int stop;

	if (m->minor >= 1 && m->minor < 9 && !http_has(m, HTTP_HAS_HOST))
		http_add_anomaly(m, EBPFI_HTTP_NO_HOST);
	pending = count_request(loop);
	set_event_kind(loop, EBPFI_EVENT_HTTP_REQUEST);
	stop = http_find_body(m, 0, pending->kind == HTTP_IS_CONNECT);
	if (pending->kind == HTTP_IS_CONNECT)
		loop->side->stream_anomalies |= 1U << EBPFI_HTTP_REFUSED;
	pending->anomalies = m->anomalies;
	return stop;
}

static __always_inline void tell_broken(const struct http_loop *loop)
{
	move_stream_anomalies(loop);
	set_event_kind(loop, EBPFI_EVENT_HTTP_BROKEN);
}

/* The rest of a head is lost or unreadable. The server may answer nevertheless. */
static __always_inline void break_head(const struct http_loop *loop)
{
	int response = http_has(&loop->r->m, HTTP_IS_RESPONSE);

	tell_broken(loop);
	if (loop->side->role == HTTP_ANY)
		set_roles(loop, response);
	if (loop->side->role != HTTP_REQUEST || loop->r->m.anomalies >> EBPFI_HTTP_REFUSED & 1)
		return;
	loop->r->m.kind = HTTP_PLAIN;
	count_request(loop);
}

/* The server refused the tunnel, so the client's next message is HTTP. Bytes that came before were not read. */
static __always_inline void return_to_http(struct http_side *client, struct http_message *m)
{
	client->stream_anomalies &= ~(1U << EBPFI_HTTP_REFUSED);
	if (client->m.state != HTTP_TUNNEL)
		return;
	http_add_anomaly(m, EBPFI_HTTP_REFUSED);
	client->stream_anomalies |= 1U << EBPFI_HTTP_MIDSTREAM;
	http_resync(&client->m, HTTP_REQUEST);
}

/* These responses have no body (RFC 9112 6.3). Readers differ on one that says it has (RFC 9110 8.6, RFC 9112 6.1). */
static __always_inline void check_no_body(struct http_message *m)
{
	if (http_has(m, HTTP_HAS_CODING))
		http_add_anomaly(m, EBPFI_HTTP_BAD_CODING);
	if (http_has(m, HTTP_HAS_LENGTH) && m->length)
		http_add_anomaly(m, EBPFI_HTTP_BAD_LENGTH);
}

/* The final response's event has the anomalies, too. After "100 Continue" the body will come. */
static __always_inline int pass_interim(const struct http_loop *loop, struct http_message *m)
{
	__u64 anomalies;

	check_no_body(m);
	anomalies = m->anomalies;
	if (m->status == 100)
		http_pending_at(loop->c, loop->c->popped + 1)->kind = HTTP_PLAIN;
	resync(loop);
	m->anomalies = anomalies;
	return HTTP_GO_ON;
}

/*
 * A final response to "Expect: 100-continue" before the first byte of the body: most clients go on with the next request, and some send the
 * body nevertheless (RFC 9110 10.1.1). The first is read, with a mark.
 */
static __always_inline void refuse_body(const struct http_loop *loop, struct http_message *m)
{
	struct http_side *client = loop->other;

	if (client->m.body_bytes || !(client->m.state == HTTP_BODY || client->m.state == HTTP_CHUNK_SIZE))
		return;
	http_add_anomaly(m, EBPFI_HTTP_REFUSED);
	client->stream_anomalies |= 1U << EBPFI_HTTP_REFUSED;
	http_resync(&client->m, HTTP_REQUEST);
}

/* A 1xx response other than 101 is interim (RFC 9110 15.2). */
static __always_inline int response_head(const struct http_loop *loop, struct http_message *m)
{
	__u32 kind = http_answered_kind(loop->c);

	if (m->status >= 100 && m->status < 200 && m->status != 101)
		return pass_interim(loop, m);
	if (kind == HTTP_IS_EXPECT)
		refuse_body(loop, m);
	if (heads)
		set_event_kind(loop, EBPFI_EVENT_HTTP_HEAD);
	if (m->status == 101 && (!m->used[EBPFI_HTTP_UPGRADE] || (http_is_paired(loop->c) && kind != HTTP_IS_UPGRADE)))
		http_add_anomaly(m, EBPFI_HTTP_BAD_FIELD);
	if (m->status == 101 || m->status == 204)
		check_no_body(m);
	if ((kind == HTTP_IS_CONNECT && m->status >= 300) || (kind == HTTP_IS_UPGRADE && m->status != 101))
		return_to_http(loop->other, m);
	if (m->status == 101 || m->status == 204 || m->status == 304)
		return http_find_body(m, 1, 1);
	return http_find_body(m, 1, kind == HTTP_IS_HEAD || (kind == HTTP_IS_CONNECT && m->status < 300));
}

/* RFC 9113 3.4. Any other message with version 2.0 is a bad HTTP/1 message. */
static __always_inline int is_preface(struct http_message *m)
{
	if (!http_has(m, HTTP_PREFACE))
		return 0;
	if (!http_has(m, HTTP_IS_RESPONSE) && m->kind == HTTP_IS_PRI)
		return 1;
	m->notes &= ~(1 << HTTP_PREFACE);
	m->minor = HTTP_NO_VERSION;
	http_add_anomaly(m, EBPFI_HTTP_BAD_VERSION);
	return 0;
}

/* The client has sent its preface up to the empty line. If the library does not read HTTP/2, this is the only event about it. */
static __always_inline int on_preface(const struct http_loop *loop, struct http_message *m)
{
	if (http2_is_read()) {
		http2_begin(m, 1, HTTP2_PREFACE - 6);
		loop->c->tunnel = HTTP_TWO;
		return HTTP_GO_ON;
	}
	m->state = HTTP_TUNNEL;
	set_event_kind(loop, EBPFI_EVENT_HTTP_REQUEST);
	return HTTP_GO_ON;
}

/*
 * Many protocols begin with a word, a blank and another word. "GET /" or "GET a://" and a line end without a version is HTTP/0.9, and
 * "GET HTTP/1.1" has no target.
 */
static __always_inline int is_old_http(const struct http_loop *loop)
{
	static const char name[] = "HTTP";
	const __u8 *target = loop->r->text.at + HTTP_TARGET_BASE;

	return loop->side->recognised || load32(target) == load32(name) ||
	       (http_is_method(loop->r, "GET\0\0\0\0") && (*target == '/' || loop->r->m.left));
}

/* A server closes after HTTP/0.9. So only what has a version is certain. */
static __always_inline void doubt_what_follows(struct http_side *side)
{
	side->recognised = 0;
	side->stream_anomalies |= 1U << EBPFI_HTTP_MIDSTREAM;
}

static __always_inline int on_head(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;
	int response = http_has(m, HTTP_IS_RESPONSE);

	if (http_has(m, HTTP_OLD) && !loop->side->recognised && http_is_method(loop->r, "PROXY\0\0")) {
		resync(loop); /* HAProxy's PROXY protocol, version 1, comes before the first request */
		return HTTP_GO_ON;
	}
	if (http_has(m, HTTP_OLD) && !is_old_http(loop)) {
		m->state = HTTP_BROKEN;
		return HTTP_GO_ON;
	}
	loop->side->recognised = 1;
	move_stream_anomalies(loop);
	if (http_has(m, HTTP_OLD))
		doubt_what_follows(loop->side);
	m->notes |= 1 << HTTP_HEAD_DONE;
	set_roles(loop, response);
	if (is_preface(m))
		return on_preface(loop, m);
	return response ? response_head(loop, m) : request_head(loop, m);
}

/*
 * Ends a request. 1: the anomalies of its body need an event of their own, because the response came before, or because it may never come
 * and they can cause request smuggling.
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
	struct http_message *m = &loop->r->m;
	__u32 status = m->status;

	/* In memory: on the stack, before Linux 6.8 the choice would need CAP_PERFMON. */
	WRITE_ONCE(m->left, status == 101 || (http_answered_kind(c) == HTTP_IS_CONNECT && status / 100 == 2));
	http_take_answered(c, http_is_paired(c));
	if (status == 101 && http2_is_upgrade())
		c->tunnel = HTTP_TWO;
	if (READ_ONCE(m->left))
		leave_http1(loop);
	else
		resync(loop);
}

/*
 * Bytes that are not HTTP are the new protocol if the response to an upgrade or a CONNECT was not seen: XDP sees one direction, and a client
 * may be in a hurry.
 */
static __always_inline int was_upgraded(const struct http_loop *loop)
{
	struct http_connection *c = loop->c;

	__u32 kind = http_pending_at(c, c->pushed)->kind;

	return loop->side->role == HTTP_REQUEST && c->pushed != c->popped &&
	       (kind == HTTP_IS_UPGRADE || kind == HTTP_IS_CONNECT);
}

STATIC_FUNCTION void on_end(const struct http_loop *loop)
{
	if (http_has(&loop->r->m, HTTP_IS_RESPONSE))
		set_event_kind(loop, EBPFI_EVENT_HTTP_RESPONSE);
	else if (request_end(loop) && !loop->w->head.event.kind)
		set_event_kind(loop, EBPFI_EVENT_HTTP_BROKEN);
}

/* Unreadable bytes are reported only if they are certainly HTTP. */
static __always_inline int is_known_http(const struct http_loop *loop)
{
	const struct http_message *m = &loop->r->m;

	return loop->side->recognised | !!(m->notes & (1 << HTTP_HAS_VERSION | 1 << HTTP_IS_RESPONSE));
}

/* Reports a message whose end was lost. */
static __always_inline void on_lost(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;

	if (!http_has_begun(m) || !is_known_http(loop))
		return;
	if (http_has(m, HTTP_HEAD_DONE)) {
		on_end(loop);
		return;
	}
	break_head(loop);
}

/* The library does not read HTTP/2: one event reports the connection and nothing more is read. */
static __always_inline int tell_underway(const struct http_loop *loop, struct http_message *m)
{
	http_reset_message(m);
	m->time_ns = 0;
	m->notes = 1 << HTTP_PREFACE;
	http_add_anomaly(m, EBPFI_HTTP_MIDSTREAM);
	move_stream_anomalies(loop);
	set_event_kind(loop, EBPFI_EVENT_HTTP_BROKEN);
	return HTTP_GO_ON;
}

/* Without a SYN it is a guess which end is the client: that of the greater port, until the library has read the fields of a message. */
static __always_inline int on_underway(const struct http_loop *loop, struct http_message *m)
{
	if (!http2_is_read())
		return tell_underway(loop, m);
	if (loop->side->role == HTTP_ANY)
		set_roles(loop, loop->e->src_port < loop->e->dst_port);
	http2_join(loop->other);
	http2_begin(m, 0, 0);
	m->notes = HTTP2_JOINED;
	loop->c->tunnel = HTTP_TWO;
	loop->r->walk.at = 0;
	return HTTP_GO_ON;
}

/* The client may go on in HTTP/1. */
static __always_inline int on_http2_answer(const struct http_loop *loop, struct http_message *m)
{
	http_lose_pairing(loop->c, 1);
	http_reset_message(m);
	m->notes = 1 << HTTP_PREFACE;
	http_add_anomaly(m, EBPFI_HTTP_BAD_VERSION);
	tell_broken(loop);
	return HTTP_STOP;
}

static __always_inline int on_broken(const struct http_loop *loop, __u8 hook)
{
	struct http_message *m = &loop->r->m;

	if (http2_is_underway(loop, hook))
		return on_underway(loop, m);
	if (http2_is_answer(loop))
		return on_http2_answer(loop, m);
	if (!http_has(m, HTTP_HEAD_DONE) && was_upgraded(loop)) {
		http_reset_message(m);
		m->state = HTTP_TUNNEL;
		return HTTP_GO_ON;
	}
	if (http_has(m, HTTP_HEAD_DONE)) {
		set_event_kind(loop, EBPFI_EVENT_HTTP_BROKEN);
		if (!http_has(m, HTTP_IS_RESPONSE))
			request_end(loop);
	} else if (is_known_http(loop)) {
		break_head(loop);
	}
	return HTTP_STOP;
}

/* The connection closed. A body that ends at the close is complete; any other unfinished message is reported as cut off. */
STATIC_FUNCTION int on_close(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;
	int orderly = loop->w->closing == HTTP_CLOSED;

	loop->w->closing = HTTP_OPEN;
	if (!http_has_begun(m))
		return HTTP_DONE;
	if (!is_known_http(loop))
		return HTTP_STOP;
	if (!http_body_is_over(m) && !(orderly && http_has(m, HTTP_UNTIL_CLOSE)))
		http_add_anomaly(m, EBPFI_HTTP_CUT_OFF);
	if (!http_has(m, HTTP_HEAD_DONE)) {
		tell_broken(loop);
		return HTTP_STOP;
	}
	on_end(loop);
	if (!is_response(loop) && m->anomalies >> EBPFI_HTTP_CUT_OFF & 1)
		set_event_kind(loop, EBPFI_EVENT_HTTP_BROKEN);
	return HTTP_END;
}

/* The stop is in memory, for the same reason as the kind of the event. */
static __always_inline void set_stop(const struct http_loop *loop, __u32 stop)
{
	WRITE_ONCE(loop->r->stop, stop);
}

static __always_inline __u32 get_stop(const struct http_loop *loop)
{
	return READ_ONCE(loop->r->stop);
}

/* Handles a stop, and chooses the event and the stop that finish_stop() handles after the event. */
static __always_inline void on_stop(const struct http_loop *loop, __u8 hook)
{
	if (get_stop(loop) == HTTP_HEAD)
		set_stop(loop, on_head(loop));
	if (get_stop(loop) == HTTP_GO_ON && is_response(loop) && loop->r->m.state == HTTP_BODY)
		set_stop(loop, http_pass_body(loop->r, &loop->w->range));
	if (get_stop(loop) == HTTP_DONE)
		set_stop(loop, on_close(loop));
	else if (get_stop(loop) == HTTP_END)
		on_end(loop);
	else if (get_stop(loop) == HTTP_LOST)
		on_lost(loop);
	else if (loop->r->m.state == HTTP_BROKEN)
		set_stop(loop, on_broken(loop, hook));
}

/* From here on, report only messages that are certainly HTTP. */
static __always_inline void abandon_stream(const struct http_loop *loop)
{
	http_lose_pairing(loop->c, is_response(loop));
	loop->side->recognised = 0;
	loop->side->stream_anomalies |= 1U << EBPFI_HTTP_MIDSTREAM;
	http_reset_message(&loop->r->m);
	loop->r->m.state = HTTP_BROKEN;
}

/*
 * A client that does not pipeline sends a request when it has received all that the server sent. So the byte that it acknowledges then is the
 * first of this request's response.
 */
static __always_inline int proves_pairing(const struct http_loop *loop)
{
	const struct http_connection *c = loop->c;

	return loop->side->role == HTTP_RESPONSE && !c->pipelined && c->pushed != c->popped && loop->w->first_seq == c->acked;
}

static __always_inline void restart_after_gap(const struct http_loop *loop)
{
	if (proves_pairing(loop)) {
		http_prove_pairing(loop->c);
	} else {
		http_lose_pairing(loop->c, is_response(loop));
		loop->side->stream_anomalies |= 1U << EBPFI_HTTP_GAP;
	}
	resync(loop);
}

/* A response whose end was lost or cannot be read: its event was made, so its request waits no longer. */
static __always_inline int is_told_response(const struct http_loop *loop)
{
	const struct http_message *m = &loop->r->m;

	return (get_stop(loop) == HTTP_LOST || get_stop(loop) == HTTP_STOP) && http_has(m, HTTP_IS_RESPONSE) &&
	       http_has(m, HTTP_HEAD_DONE);
}

/* Found in the middle of a stream, and odd: maybe it is no message. So the next one is doubtful, too. */
static __always_inline int is_doubtful(const struct http_message *m)
{
	return m->anomalies >> EBPFI_HTTP_MIDSTREAM & 1 &&
	       m->anomalies & ~(__u64)(HTTP_STREAM_ANOMALIES | 1 << EBPFI_HTTP_UNPAIRED);
}

/* After the event: prepares for the next message, or leaves HTTP/1. 1: HTTP/1 has read all it can of the segment. */
static __always_inline int finish_stop(const struct http_loop *loop)
{
	const struct http_message *m = &loop->r->m;

	if (is_doubtful(m))
		loop->side->stream_anomalies |= 1U << EBPFI_HTTP_MIDSTREAM;
	if (loop->w->head.event.kind && http_has(m, HTTP_PREFACE) && get_stop(loop) != HTTP_STOP)
		leave_http1(loop);
	if (is_told_response(loop))
		http_take_answered(loop->c, http_is_paired(loop->c));
	if (get_stop(loop) == HTTP_LOST)
		restart_after_gap(loop);
	if (get_stop(loop) == HTTP_STOP)
		abandon_stream(loop);
	if (get_stop(loop) == HTTP_END && http_has(m, HTTP_IS_RESPONSE))
		response_end(loop);
	else if (get_stop(loop) == HTTP_END)
		resync(loop);
	return get_stop(loop) == HTTP_STOP || get_stop(loop) == HTTP_DONE || m->state == HTTP_TUNNEL || m->state == HTTP_H2;
}
