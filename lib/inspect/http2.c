/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2.h"

#include <stdlib.h>
#include <string.h>

#include "connection_hash.h"
#include "http2_message.h"

enum { TO_CLIENT, TO_SERVER };

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
	return http2_name_marks(name, length);
}

static uint64_t check_value(void *ctx, const struct hpack_field *field)
{
	const struct http2 *h = ctx;

	return http2_value_marks(h->grammar, field);
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
		http2_put_field(&b->http, &b->fields, field);
}

static void on_payload(void *ctx, const struct http2_frame *f, const uint8_t *bytes, size_t size, bool final)
{
	static const struct hpack_listener listener = { check_name, check_value, on_field };
	struct http2 *h = ctx;
	struct http2_block *b = &h->side->block;

	if (f->type == HTTP2_DATA)
		http2_on_data(h, f, size);
	else if (!b->unreadable)
		b->unreadable = !hpack_read(&h->side->hpack, bytes, size, final, &listener, h);
}

static void on_end(void *ctx, const struct http2_frame *f)
{
	struct http2 *h = ctx;
	bool is_block = f->type == HTTP2_HEADERS || f->type == HTTP2_PUSH_PROMISE || f->type == HTTP2_CONTINUATION;

	if (is_block && f->flags & HTTP2_END_HEADERS)
		http2_on_block(h, f);
	else if (f->type == HTTP2_DATA && f->flags & HTTP2_END_STREAM)
		http2_on_data_end(h, f);
	else if (f->type == HTTP2_RST_STREAM)
		http2_on_reset(h, f);
	else if (f->type == HTTP2_GOAWAY)
		http2_on_goaway(h, f);
}

static void on_frames_lost(void *ctx, bool wrong)
{
	struct http2 *h = ctx;

	h->side->loss = 1ULL << (wrong ? EBPFI_HTTP_BAD_FRAME : EBPFI_HTTP_GAP);
	h->side->stream_anomalies |= h->side->loss;
	h->side->losses++;
	hpack_forget(&h->side->hpack);
}

/* One event reports that the connection is not read any more. */
static void give_up(struct http2 *h)
{
	struct http_record e = { .http = { .anomalies = h->side->stream_anomalies, .grpc_status = -1 } };

	http2_drop_streams(h, h->c, EBPFI_HTTP_REASON_UNCERTAIN);
	h->c->given_up = true;
	http2_tell_broken(h, &e);
	http2_stop_reading(&h->table, h->c);
}

/* A server that does not speak HTTP/2 answers the preface in HTTP/1. It serves none of the requests. */
static void check_answer(struct http2 *h)
{
	const struct http2_piece *p = h->piece;
	const char *line = (const char *)(p + 1);
	struct http_record e = { .http = { .anomalies = 1ULL << EBPFI_HTTP_BAD_FRAME | 1ULL << EBPFI_HTTP_UNPAIRED,
					   .grpc_status = -1,
					   .major = 1 } };
	int i;

	if (h->to_server || h->c->midstream || p->position || p->size < 12 || memcmp(line, "HTTP/1.", 7))
		return;
	e.http.minor = line[7] == '0' ? 0 : 1;
	for (i = 9; i < 12 && line[i] >= '0' && line[i] <= '9'; i++)
		e.http.status = (__u16)(e.http.status * 10 + line[i] - '0');
	http2_tell_broken(h, &e);
}

static uint8_t close_reason(const struct http2 *h)
{
	if (h->piece->flags & HTTP2_REPLACED)
		return EBPFI_HTTP_REASON_REPLACED;
	if (!(h->piece->flags & HTTP2_ABORTED))
		return EBPFI_HTTP_REASON_CLOSED;
	return h->to_server ? EBPFI_HTTP_REASON_CLIENT_RESET : EBPFI_HTTP_REASON_SERVER_RESET;
}

static void on_close(struct http2 *h)
{
	uint16_t flags = h->piece->flags;

	h->side->closed = true;
	if (!h->to_server || flags & HTTP2_GONE)
		http2_end_streams(h, close_reason(h));
	if (flags & HTTP2_GONE || (h->c->side[0].closed && h->c->side[1].closed))
		http2_forget(&h->table, h->c);
}

static void see_time(struct http2 *h, uint64_t now_ns)
{
	h->now_ns = now_ns > h->now_ns ? now_ns : h->now_ns;
}

/* NULL: out of memory. Another connection may be evicted. */
static struct http2_connection *get_connection(struct http2 *h, uint64_t id, bool midstream)
{
	struct http2_connection *c = http2_find(&h->table, id);

	if (c)
		return c;
	if (h->table.connections == HTTP2_CONNECTIONS) {
		http2_drop_streams(h, h->table.oldest, EBPFI_HTTP_REASON_EVICTED);
		http2_forget(&h->table, h->table.oldest);
	}
	c = http2_add(&h->table, id);
	if (c && midstream)
		http2_begin_midstream(c);
	return c;
}

static void read_piece(struct http2 *h, const struct http2_listener *listener)
{
	const struct http2_piece *p = h->piece;

	check_answer(h);
	http2_reader_feed(&h->side->reader, p->position, (const uint8_t *)(p + 1), p->size, listener, h);
	if (h->side->reader.doubt > HTTP2_DOUBT_MAX)
		give_up(h);
}

unsigned int http2_read_piece(struct http2 *h, const struct ebpfi_event *record, inspector_emit_fn emit, void *to)
{
	static const struct http2_listener listener = { on_begin, on_payload, on_end, on_frames_lost };
	const struct http2_piece *p = (const struct http2_piece *)record;
	unsigned int side = p->flags & HTTP2_TO_SERVER ? TO_SERVER : TO_CLIENT;

	if (record->len < sizeof(*p) || record->len - sizeof(*p) < p->size)
		return 0;
	h->emit = emit;
	h->to = to;
	see_time(h, record->time_ns);
	h->c = get_connection(h, p->connection, p->flags & HTTP2_UNDERWAY);
	if (!h->c)
		return 1;
	h->lost = 0;
	h->piece = p;
	h->side = &h->c->side[side];
	h->side->seen = true;
	h->to_server = side ^ h->c->swapped;
	if (!h->c->given_up)
		read_piece(h, &listener);
	if (p->flags & HTTP2_CLOSED)
		on_close(h);
	return h->lost;
}

unsigned int http2_tick(struct http2 *h, uint64_t now_ns, inspector_emit_fn emit, void *to)
{
	struct http2_connection *c;

	if (now_ns != UINT64_MAX) {
		see_time(h, now_ns);
		return 0;
	}
	h->emit = emit;
	h->to = to;
	for (c = h->table.oldest; c; c = c->newer)
		http2_drop_streams(h, c, EBPFI_HTTP_REASON_STOPPED);
	return 0;
}

void http2_set_heads(struct http2 *h, bool heads)
{
	h->heads = heads;
}

void http2_upgrade(struct http2 *h, const struct ebpfi_http *response, inspector_emit_fn emit, void *to)
{
	unsigned int length;
	const char *protocol = http_field_text(response, EBPFI_HTTP_UPGRADE, &length);
	struct http2_stream *s;

	if (response->event.len > sizeof(struct http_record) || response->status != 101 || length != 3 ||
	    memcmp(protocol, "h2c", 3))
		return;
	h->emit = emit;
	h->to = to;
	h->c = get_connection(h, response->connection, false);
	s = h->c ? http2_open_stream(h, h->c, 1) : NULL;
	if (!s)
		return;
	http2_note_begin(h->c, 1);
	memcpy(&s->http, response, response->event.len);
	http2_turn(&s->http);
	s->requested = s->request_done = true;
	s->http.number = 1;
	s->http.status = 0;
	s->http.used[EBPFI_HTTP_UPGRADE] = 0;
	s->http.event.len = sizeof(struct http_record);
	s->http.response_bytes = s->http.first_byte_ns = s->http.duration_ns = 0;
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
