/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2.h"

#include <stdlib.h>
#include <string.h>

#include "connection_hash.h"
#include "http2_field.h"
#include "http2_stream.h"

enum { TO_CLIENT, TO_SERVER };

struct http2 {
	struct http2_table table;
	const struct http_table *grammar;
	/* While a piece is read: */
	const struct http2_piece *piece;
	struct http2_connection *c;
	struct http2_side *side;
	inspector_emit_fn emit;
	void *to;
	unsigned int lost; /* messages */
};

static bool is_to_server(const struct http2 *h)
{
	return h->side == &h->c->side[TO_SERVER];
}

/* The event has the time and place of the piece, but the direction of the message, which may be the opposite. */
static void set_head(const struct http2 *h, struct ebpfi_http *e, uint16_t kind)
{
	const struct http2_piece *p = h->piece;
	bool is_opposite = is_to_server(h) != (kind == EBPFI_EVENT_HTTP_REQUEST) && kind != EBPFI_EVENT_HTTP_BROKEN;

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

/* The response is complete, or was cut off. */
static void end_stream(struct http2 *h, struct http2_stream *s, uint64_t anomalies)
{
	struct ebpfi_http *e = &s->http;

	e->anomalies |= anomalies | h->side->stream_anomalies;
	h->side->stream_anomalies = 0;
	if (e->request_time_ns)
		e->duration_ns = h->piece->event.time_ns - e->request_time_ns;
	emit_event(h, e, EBPFI_EVENT_HTTP_RESPONSE);
	http2_forget_stream(&h->table, h->c, s);
}

static void on_request(struct http2 *h, uint32_t id)
{
	struct http2_block *b = &h->side->block;
	struct http2_stream *s = http2_add_stream(&h->table, h->c, id);

	b->http.number = id;
	b->http.status = 0;
	b->http.request_time_ns = b->time_ns;
	b->http.anomalies |= h->side->stream_anomalies;
	h->side->stream_anomalies = 0;
	if (s) {
		s->http = b->http;
		memcpy(s->text, b->text, sizeof(s->text));
	}
	emit_event(h, &b->http, EBPFI_EVENT_HTTP_REQUEST);
}

static void put_response_head(struct http2_stream *s, const struct http2_block *b)
{
	struct ebpfi_http *e = &s->http;

	s->answered = true;
	e->status = b->http.status;
	e->anomalies |= b->http.anomalies;
	http2_copy_field(e, &b->http, EBPFI_HTTP_CONTENT_TYPE);
	if (e->request_time_ns)
		e->first_byte_ns = b->time_ns - e->request_time_ns;
}

/* For a response whose request was not seen, or was evicted. */
static struct http2_stream *add_unpaired_stream(struct http2 *h, uint32_t id)
{
	struct http2_stream *s = http2_add_stream(&h->table, h->c, id);

	if (!s) {
		h->lost++;
		return NULL;
	}
	s->http.number = id;
	s->http.grpc_status = -1;
	s->http.anomalies = 1ULL << EBPFI_HTTP_UNPAIRED;
	return s;
}

/* A response's head or its trailers. 1xx is interim and no event (RFC 9110 15.2). */
static void on_response(struct http2 *h, uint32_t id)
{
	struct http2_block *b = &h->side->block;
	struct http2_stream *s = http2_find_stream(h->c, id);

	if (b->http.status >= 100 && b->http.status < 200)
		return;
	if (!s)
		s = add_unpaired_stream(h, id);
	if (!s)
		return;
	if (b->http.grpc_status >= 0)
		s->http.grpc_status = b->http.grpc_status;
	if (!s->answered)
		put_response_head(s, b);
	else
		s->http.anomalies |= b->http.anomalies;
	if (b->flags & HTTP2_END_STREAM)
		end_stream(h, s, 0);
}

/* A client's header block on a known stream is trailers. */
static void on_block(struct http2 *h, const struct http2_frame *f, uint32_t promised)
{
	struct http2_block *b = &h->side->block;

	if (b->unreadable)
		b->http.anomalies |= 1ULL << EBPFI_HTTP_HPACK_LOST;
	if (promised)
		on_request(h, promised);
	else if (!is_to_server(h))
		on_response(h, f->stream);
	else if (f->stream > h->c->highest)
		on_request(h, h->c->highest = f->stream);
}

static void on_body_end(struct http2 *h, uint32_t id)
{
	struct http2_stream *s = is_to_server(h) ? NULL : http2_find_stream(h->c, id);

	if (s)
		end_stream(h, s, 0);
}

/* Either end may reset a stream. A stream whose response is complete was forgotten. */
static void on_reset(struct http2 *h, const struct http2_frame *f)
{
	struct http2_stream *s = http2_find_stream(h->c, f->stream);

	if (!s)
		return;
	s->http.reset_code = f->number;
	end_stream(h, s, 1ULL << EBPFI_HTTP_RESET);
}

static void on_begin(void *ctx, const struct http2_frame *f)
{
	struct http2 *h = ctx;
	struct http2_block *b = &h->side->block;

	if (f->type != HTTP2_HEADERS && f->type != HTTP2_PUSH_PROMISE)
		return;
	memset(b, 0, sizeof(*b));
	b->http.grpc_status = -1;
	b->flags = f->flags;
	b->time_ns = h->piece->event.time_ns;
	b->promised = f->type == HTTP2_PUSH_PROMISE ? f->number : 0;
}

static uint64_t check_name(void *ctx, const char *name, size_t length)
{
	(void)ctx;
	return http2_name_anomalies(name, length);
}

static uint64_t check_value(void *ctx, const struct hpack_field *field)
{
	const struct http2 *h = ctx;

	return http2_value_anomalies(h->grammar, field);
}

static void on_field(void *ctx, const struct hpack_field *field)
{
	struct http2 *h = ctx;
	struct http2_block *b = &h->side->block;

	if (b->size <= HTTP2_BLOCK_MAX)
		b->size += field->name_length + field->value_length + HPACK_OVERHEAD;
	if (b->size > HTTP2_BLOCK_MAX)
		b->http.anomalies |= 1ULL << EBPFI_HTTP_LARGE_BLOCK;
	else if (!field->name)
		b->http.anomalies |= 1ULL << EBPFI_HTTP_HPACK_LOST;
	else
		http2_put_field(&b->http, field);
}

static void on_payload(void *ctx, const struct http2_frame *f, const uint8_t *bytes, size_t size, bool final)
{
	static const struct hpack_listener listener = { check_name, check_value, on_field };
	struct http2 *h = ctx;
	struct http2_block *b = &h->side->block;
	struct http2_stream *s;

	if (f->type != HTTP2_DATA) {
		if (!b->unreadable)
			b->unreadable = !hpack_read(&h->side->hpack, bytes, size, final, &listener, h);
		return;
	}
	s = http2_find_stream(h->c, f->stream);
	if (!s)
		return;
	*(is_to_server(h) ? &s->http.request_bytes : &s->http.response_bytes) += size;
	if (h->piece->flags & HTTP2_GAP)
		s->http.anomalies |= 1ULL << EBPFI_HTTP_GAP;
}

static void on_end(void *ctx, const struct http2_frame *f)
{
	struct http2 *h = ctx;
	bool is_block = f->type == HTTP2_HEADERS || f->type == HTTP2_PUSH_PROMISE || f->type == HTTP2_CONTINUATION;

	if (is_block && f->flags & HTTP2_END_HEADERS)
		on_block(h, f, h->side->block.promised);
	else if (f->type == HTTP2_DATA && f->flags & HTTP2_END_STREAM)
		on_body_end(h, f->stream);
	else if (f->type == HTTP2_RST_STREAM)
		on_reset(h, f);
}

static void on_frames_lost(void *ctx, bool wrong)
{
	struct http2 *h = ctx;

	h->side->stream_anomalies |= 1ULL << (wrong ? EBPFI_HTTP_BAD_FRAME : EBPFI_HTTP_GAP);
	hpack_forget(&h->side->hpack);
}

/* One event reports that the connection is not read any more. */
static void give_up(struct http2 *h)
{
	struct http_record e = { .http = { .anomalies = h->side->stream_anomalies, .grpc_status = -1 } };

	h->c->given_up = true;
	emit_event(h, &e.http, EBPFI_EVENT_HTTP_BROKEN);
	http2_stop_reading(&h->table, h->c);
}

/* Responses that began before the connection ended are cut off. */
static void close_streams(struct http2 *h)
{
	struct http2_stream *s, *newer;

	for (s = h->c->oldest; s; s = newer) {
		newer = s->newer;
		if (s->answered)
			end_stream(h, s, 1ULL << EBPFI_HTTP_CUT_OFF);
	}
}

static void on_close(struct http2 *h)
{
	uint16_t flags = h->piece->flags;

	h->side->closed = true;
	if (!is_to_server(h) || flags & HTTP2_GONE)
		close_streams(h);
	if (flags & HTTP2_GONE || (h->c->side[0].closed && h->c->side[1].closed))
		http2_forget(&h->table, h->c);
}

unsigned int http2_read_piece(struct http2 *h, const struct ebpfi_event *record, inspector_emit_fn emit, void *to)
{
	static const struct http2_listener listener = { on_begin, on_payload, on_end, on_frames_lost };
	const struct http2_piece *p = (const struct http2_piece *)record;
	struct http2_connection *c;

	if (record->len < sizeof(*p) || record->len - sizeof(*p) < p->size)
		return 0;
	c = http2_get(&h->table, p->connection);
	if (!c)
		return 1;
	h->lost = 0;
	h->piece = p;
	h->c = c;
	h->side = &c->side[p->flags & HTTP2_TO_SERVER ? TO_SERVER : TO_CLIENT];
	h->emit = emit;
	h->to = to;
	if (!c->given_up)
		http2_reader_feed(&h->side->reader, p->position, (const uint8_t *)(p + 1), p->size, &listener, h);
	if (!c->given_up && h->side->reader.doubt > HTTP2_DOUBT_MAX)
		give_up(h);
	if (p->flags & HTTP2_CLOSED)
		on_close(h);
	return h->lost;
}

void http2_upgrade(struct http2 *h, const struct ebpfi_http *response)
{
	unsigned int length;
	const char *protocol = http_field_text(response, EBPFI_HTTP_UPGRADE, &length);
	struct http2_connection *c;
	struct http2_stream *s;

	if (response->event.len > sizeof(struct http_record) || response->status != 101 || length != 3 ||
	    memcmp(protocol, "h2c", 3))
		return;
	c = http2_get(&h->table, response->connection);
	s = c ? http2_add_stream(&h->table, c, 1) : NULL;
	if (!s)
		return;
	c->highest = 1;
	memcpy(&s->http, response, response->event.len);
	s->http.number = 1;
	s->http.status = 0;
	s->http.used[EBPFI_HTTP_UPGRADE] = 0;
}

struct http2 *http2_new(const struct http_table *grammar)
{
	struct http2 *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->grammar = grammar;
	h->table.seed = connection_seed();
	return h;
}

void http2_free(struct http2 *h)
{
	while (h && h->table.oldest)
		http2_forget(&h->table, h->table.oldest);
	free(h);
}
