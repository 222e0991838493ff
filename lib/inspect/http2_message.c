/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2_message.h"

#include <string.h>

#define BIT(anomaly) (1ULL << EBPFI_HTTP_##anomaly)

enum {
	RESPONSE, /* the index of struct http2_stream's body */
	REQUEST,
	HTTP2_GOAWAYS = 16, /* per connection are read; a server sends two */
};

/* 0 if the clock was set back. */
static uint64_t since(uint64_t then, uint64_t now)
{
	return then && now > then ? now - then : 0;
}

/* The event has the time and place of the piece, but the direction of the message, which may be the opposite. */
static void set_head(const struct http2 *h, struct ebpfi_http *e, uint16_t kind)
{
	const struct http2_piece *p = h->piece;
	bool is_opposite = h->to_server != (kind == EBPFI_EVENT_HTTP_REQUEST) && kind != EBPFI_EVENT_HTTP_BROKEN;

	e->event = p->event;
	e->event.len = sizeof(struct http_record);
	e->text_offset = sizeof(*e);
	e->event.kind = kind;
	memcpy(e->src, is_opposite ? p->dst : p->src, sizeof(e->src));
	memcpy(e->dst, is_opposite ? p->src : p->dst, sizeof(e->dst));
	e->src_port = is_opposite ? p->dst_port : p->src_port;
	e->dst_port = is_opposite ? p->src_port : p->dst_port;
	e->ethertype = p->ethertype;
	e->connection = p->connection;
	e->major = 2;
	e->minor = 0;
}

static void emit_event(struct http2 *h, struct ebpfi_http *e, uint16_t kind)
{
	set_head(h, e, kind);
	h->emit(h->to, &e->event);
}

/* Without a piece: the event has the place of the message. */
static void emit_late(struct http2 *h, struct ebpfi_http *e, uint16_t kind)
{
	e->event.kind = kind;
	e->event.time_ns = h->now_ns;
	e->duration_ns = since(e->request_time_ns, h->now_ns);
	h->emit(h->to, &e->event);
}

static struct http2_side *other_side(const struct http2 *h)
{
	return &h->c->side[h->side == &h->c->side[0]];
}

/* The side that sends the requests, or the responses. */
static struct http2_side *side_of(const struct http2 *h, bool requests)
{
	return requests == h->to_server ? h->side : other_side(h);
}

static uint64_t take_stream_anomalies(struct http2_side *side)
{
	uint64_t anomalies = side->stream_anomalies;

	side->stream_anomalies = 0;
	return anomalies;
}

/* Whether a message without content may have a content-length (RFC 9113 8.1.1). */
static bool may_be_empty(const struct ebpfi_http *e)
{
	return !e->used[EBPFI_HTTP_METHOD] || e->status == 304 || http2_is_method(e, "HEAD") || http2_is_method(e, "CONNECT");
}

/* The body has ended. Of a body around lost frames, only a part was counted. */
static void check_body(const struct http2 *h, struct http2_stream *s, bool request)
{
	const struct http2_side *side = side_of(h, request);
	uint64_t size = request ? s->http.request_bytes : s->http.response_bytes;

	if (s->body[request].losses != side->losses)
		s->http.anomalies |= side->loss;
	else if (s->body[request].has_length && s->body[request].length != size && (request || size || !may_be_empty(&s->http)))
		s->http.anomalies |= BIT(BAD_LENGTH);
}

static void end_request(const struct http2 *h, struct http2_stream *s)
{
	if (!s->request_done && s->requested)
		check_body(h, s, true);
	s->request_done = true;
}

static void end_stream(struct http2 *h, struct http2_connection *c, struct http2_stream *s)
{
	http2_note_end(c, s->id);
	http2_forget_stream(&h->table, c, s);
}

/* The response is complete, or was cut off. */
static void tell_response(struct http2 *h, struct http2_stream *s, uint64_t anomalies)
{
	struct ebpfi_http *e = &s->http;

	e->anomalies |= anomalies | take_stream_anomalies(h->side);
	if (s->body[RESPONSE].losses != side_of(h, false)->losses)
		e->anomalies |= side_of(h, false)->loss;
	if (s->requested && !s->request_done && s->body[REQUEST].losses != side_of(h, true)->losses)
		e->anomalies |= side_of(h, true)->loss;
	e->one_way = 0;
	e->duration_ns = since(e->request_time_ns, h->piece->event.time_ns);
	emit_event(h, e, EBPFI_EVENT_HTTP_RESPONSE);
	end_stream(h, h->c, s);
}

/* The request's event has come. A response without its request has no such event. */
static void tell_unanswered(struct http2 *h, struct http2_connection *c, struct http2_stream *s, uint8_t reason)
{
	struct ebpfi_http *e = &s->http;

	e->one_way = !c->side[c->swapped].seen; /* of the server */
	e->reason = e->one_way && reason == EBPFI_HTTP_REASON_STOPPED ? EBPFI_HTTP_REASON_ONE_WAY : reason;
	emit_late(h, e, EBPFI_EVENT_HTTP_UNANSWERED);
}

void http2_drop_streams(struct http2 *h, struct http2_connection *c, uint8_t reason)
{
	while (c->oldest) {
		if (c->oldest->answered)
			emit_late(h, &c->oldest->http, EBPFI_EVENT_HTTP_OPEN);
		else if (c->oldest->requested)
			tell_unanswered(h, c, c->oldest, reason);
		end_stream(h, c, c->oldest);
	}
}

/* A late response of an evicted request is told, too, as unpaired. */
static void evict(struct http2 *h, struct http2_connection *c, struct http2_stream *s)
{
	if (s->answered)
		emit_late(h, &s->http, EBPFI_EVENT_HTTP_OPEN);
	else if (s->requested)
		tell_unanswered(h, c, s, EBPFI_HTTP_REASON_EVICTED);
	if (s->answered)
		http2_note_end(c, s->id);
	http2_forget_stream(&h->table, c, s);
}

struct http2_stream *http2_open_stream(struct http2 *h, struct http2_connection *c, uint32_t id)
{
	if (http2_is_full(&h->table, c))
		evict(h, c, c->oldest);
	return http2_add_stream(&h->table, c, id);
}

/* All fields of the block are known, and it is certain which block it is. */
static bool is_certain(const struct http2 *h)
{
	const struct http2_block *b = &h->side->block;

	return !(b->http.anomalies & (BIT(HPACK_LOST) | BIT(LARGE_BLOCK))) && !h->side->stream_anomalies;
}

static void note_head(const struct http2 *h, struct http2_stream *s, bool request)
{
	const struct http2_fields *fields = &h->side->block.fields;

	s->body[request].has_length = fields->has_length;
	s->body[request].length = fields->length;
	s->body[request].losses = side_of(h, request)->losses;
}

/* Keeps a request until its response is complete. */
static void keep_request(struct http2 *h, uint32_t id, bool is_pushed)
{
	struct http2_block *b = &h->side->block;
	struct http2_stream *s = http2_open_stream(h, h->c, id);

	if (!s)
		return;
	s->requested = true;
	s->http = b->http;
	memcpy(s->text, b->text, sizeof(s->text));
	note_head(h, s, true);
	s->body[RESPONSE].losses = side_of(h, false)->losses;
	s->request_done = is_pushed;
	if (b->flags & HTTP2_END_STREAM && !is_pushed)
		end_request(h, s);
	b->http.anomalies = s->http.anomalies;
}

static void on_request(struct http2 *h, uint32_t id, bool is_pushed)
{
	struct http2_block *b = &h->side->block;

	b->http.anomalies |= http2_request_anomalies(&b->fields, &b->http, is_certain(h));
	if (!is_pushed && !(id & 1)) /* RFC 9113 5.1.1 */
		b->http.anomalies |= BIT(BAD_FRAME);
	b->http.anomalies |= take_stream_anomalies(h->side);
	b->http.number = id;
	b->http.status = 0;
	b->http.request_time_ns = b->time_ns;
	b->http.request_major = 2;
	b->http.one_way = !side_of(h, false)->seen;
	set_head(h, &b->http, EBPFI_EVENT_HTTP_REQUEST);
	http2_note_begin(h->c, id);
	keep_request(h, id, is_pushed);
	h->emit(h->to, &b->http.event);
}

static void put_response_head(struct http2 *h, struct http2_stream *s)
{
	struct http2_block *b = &h->side->block;
	struct ebpfi_http *e = &s->http;
	bool is_head = b->http.status || s->body[RESPONSE].losses == h->side->losses;

	e->anomalies |= b->http.anomalies | http2_response_anomalies(&b->fields, is_head && is_certain(h));
	if (!s->answered)
		http2_move_content_type(e);
	s->answered = true;
	e->status = b->http.status;
	http2_copy_field(e, &b->http, EBPFI_HTTP_CONTENT_TYPE);
	http2_copy_field(e, &b->http, EBPFI_HTTP_LOCATION);
	e->first_byte_ns = since(e->request_time_ns, b->time_ns);
	if (is_head)
		note_head(h, s, false);
	set_head(h, e, EBPFI_EVENT_HTTP_RESPONSE);
	if (h->heads)
		emit_event(h, e, EBPFI_EVENT_HTTP_HEAD);
}

/* For a response whose request was not seen, or was evicted. */
static struct http2_stream *add_unpaired_stream(struct http2 *h, uint32_t id)
{
	struct http2_stream *s = http2_open_stream(h, h->c, id);

	if (!s) {
		h->lost++;
		return NULL;
	}
	s->http.number = id;
	s->http.grpc_status = -1;
	s->http.anomalies = BIT(UNPAIRED);
	s->body[RESPONSE].losses = h->side->losses;
	set_head(h, &s->http, EBPFI_EVENT_HTTP_RESPONSE);
	return s;
}

/* Trailers end the message (RFC 9113 8.1). */
static void put_trailers(struct http2 *h, struct http2_stream *s)
{
	const struct http2_block *b = &h->side->block;

	s->http.anomalies |= b->http.anomalies | http2_trailer_anomalies(&b->fields);
	if (!(b->flags & HTTP2_END_STREAM))
		s->http.anomalies |= BIT(BAD_FIELD);
}

/* 1xx is interim and no event (RFC 9110 15.2). HTTP/2 has no 101, and no interim response ends a stream (RFC 9113 8.1, 8.6). */
static bool is_interim(const struct http2 *h, struct http2_stream *s)
{
	const struct http2_block *b = &h->side->block;
	bool ends = b->flags & HTTP2_END_STREAM;

	if (s->answered || b->http.status < 100 || b->http.status >= 200)
		return false;
	s->http.anomalies |= b->http.anomalies;
	if (ends || b->http.status == 101)
		s->http.anomalies |= BIT(BAD_FIELD);
	return !ends;
}

/* A response's head or its trailers. */
static void on_response(struct http2 *h, uint32_t id)
{
	struct http2_block *b = &h->side->block;
	struct http2_stream *s = http2_find_stream(h->c, id);

	if (!s && (http2_has_ended(h->c, id) || (b->http.status >= 100 && b->http.status < 200)))
		return;
	if (!s)
		s = add_unpaired_stream(h, id);
	if (!s || is_interim(h, s))
		return;
	if (b->http.grpc_status >= 0)
		s->http.grpc_status = b->http.grpc_status;
	if (!s->answered)
		put_response_head(h, s);
	else
		put_trailers(h, s);
	if (!(b->flags & HTTP2_END_STREAM))
		return;
	check_body(h, s, false);
	tell_response(h, s, 0);
}

/* A client's header block on a known stream is trailers. After a loss, so is one without pseudo fields. */
static void on_client_block(struct http2 *h, uint32_t id)
{
	const struct http2_block *b = &h->side->block;
	struct http2_stream *s = http2_find_stream(h->c, id);

	if (s && s->requested) {
		put_trailers(h, s);
		if (b->flags & HTTP2_END_STREAM)
			end_request(h, s);
		return;
	}
	if (id <= h->c->recent[id & 1].highest)
		return;
	if (!http2_has_pseudo(&b->fields) &&
	    (h->c->roles_unknown || (h->side->stream_anomalies && !(b->http.anomalies & BIT(HPACK_LOST)))))
		return;
	on_request(h, id, false);
}

/* After a wrong guess, bodies were taken for those of responses. */
static void swap_roles(struct http2 *h)
{
	h->c->swapped = !h->c->swapped;
	h->to_server = !h->to_server;
	while (h->c->oldest)
		http2_forget_stream(&h->table, h->c, h->c->oldest);
}

/* If the beginning was not seen, the roles are a guess until a message has fields that tell which end sent it. */
static void check_roles(struct http2 *h)
{
	const struct http2_block *b = &h->side->block;
	bool response = http2_has(&b->fields, HTTP2_STATUS) || http2_has(&b->fields, HTTP2_GRPC_STATUS) || b->promised;
	bool request = !response && http2_has_pseudo(&b->fields);

	if (!h->c->roles_unknown || (!response && !request))
		return;
	if (response == h->to_server)
		swap_roles(h);
	h->c->roles_unknown = false;
}

void http2_on_block(struct http2 *h, const struct http2_frame *f)
{
	struct http2_block *b = &h->side->block;

	if (b->unreadable)
		b->http.anomalies |= BIT(HPACK_LOST);
	check_roles(h);
	if (b->promised)
		on_request(h, b->promised, true);
	else if (h->to_server)
		on_client_block(h, f->stream);
	else
		on_response(h, f->stream);
}

/* A body whose head was lost. Without a loss, it is none of a message. */
static struct http2_stream *add_lost_stream(struct http2 *h, uint32_t id)
{
	bool lost = h->c->midstream || h->side->losses;

	return h->to_server || !lost || http2_has_ended(h->c, id) ? NULL : add_unpaired_stream(h, id);
}

void http2_on_data(struct http2 *h, const struct http2_frame *f, size_t size)
{
	struct http2_stream *s = http2_find_stream(h->c, f->stream);

	if (!s)
		s = add_lost_stream(h, f->stream);
	if (!s)
		return;
	*(h->to_server ? &s->http.request_bytes : &s->http.response_bytes) += size;
	if (h->piece->flags & HTTP2_GAP)
		s->http.anomalies |= BIT(GAP);
}

void http2_on_data_end(struct http2 *h, const struct http2_frame *f)
{
	struct http2_stream *s = http2_find_stream(h->c, f->stream);

	if (!s)
		return;
	if (h->to_server) {
		end_request(h, s);
		return;
	}
	check_body(h, s, false);
	if (s->requested && !s->answered && s->body[RESPONSE].losses == h->side->losses)
		s->http.anomalies |= BIT(BAD_FIELD); /* no head (RFC 9113 8.1) */
	tell_response(h, s, 0);
}

/* Either end may reset a stream. A stream whose response is complete was forgotten. */
void http2_on_reset(struct http2 *h, const struct http2_frame *f)
{
	struct http2_stream *s = http2_find_stream(h->c, f->stream);

	if (!s) {
		http2_note_end(h->c, f->stream);
		return;
	}
	s->http.reset_code = f->number;
	if (s->answered || !s->requested) {
		tell_response(h, s, BIT(RESET));
		return;
	}
	s->http.anomalies |= BIT(RESET);
	tell_unanswered(h, h->c, s, EBPFI_HTTP_REASON_STREAM_RESET);
	end_stream(h, h->c, s);
}

/* The server does not serve the client's later streams (RFC 9113 6.8). */
void http2_on_goaway(struct http2 *h, const struct http2_frame *f)
{
	struct http2_stream *s, *older;

	if (h->to_server || h->c->goaways == HTTP2_GOAWAYS)
		return;
	h->c->goaways++;
	for (s = h->c->newest; s; s = older) {
		older = s->older;
		if (!(s->id & 1) || s->id <= f->number || s->answered || !s->requested)
			continue;
		tell_unanswered(h, h->c, s, EBPFI_HTTP_REASON_STREAM_RESET);
		end_stream(h, h->c, s);
	}
}

void http2_tell_broken(struct http2 *h, struct http_record *record)
{
	uint8_t major = record->http.major, minor = record->http.minor;

	set_head(h, &record->http, EBPFI_EVENT_HTTP_BROKEN);
	if (major) {
		record->http.major = major;
		record->http.minor = minor;
	}
	h->emit(h->to, &record->http.event);
}

void http2_end_streams(struct http2 *h, uint8_t reason)
{
	struct http2_stream *s, *newer;

	for (s = h->c->oldest; s; s = newer) {
		newer = s->newer;
		if (s->answered || !s->requested) {
			tell_response(h, s, BIT(CUT_OFF));
			continue;
		}
		tell_unanswered(h, h->c, s, reason);
		end_stream(h, h->c, s);
	}
}

void http2_turn(struct ebpfi_http *e)
{
	struct ebpfi_http before = *e;

	memcpy(e->src, before.dst, sizeof(e->src));
	memcpy(e->dst, before.src, sizeof(e->dst));
	e->src_port = before.dst_port;
	e->dst_port = before.src_port;
	if (before.event.direction != EBPFI_DIRECTION_UNKNOWN)
		e->event.direction =
			before.event.direction == EBPFI_DIRECTION_INGRESS ? EBPFI_DIRECTION_EGRESS : EBPFI_DIRECTION_INGRESS;
}
