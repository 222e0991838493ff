/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2_stream.h"

#include <stdlib.h>
#include <string.h>

#include "connection_hash.h"

/* docs/http2.md, "Bounds" */
_Static_assert(HTTP2_CONNECTIONS * sizeof(struct http2_connection) <= 5 << 20, "memory of connections");
_Static_assert(HTTP2_STREAMS_ALL * sizeof(struct http2_stream) <= 26 << 20, "memory of streams");
_Static_assert(2 * HTTP2_CONNECTIONS * HPACK_OWN + HPACK_SHARED_MAX <= 24 << 20, "memory of header compression");

/* A list by age; `owner` has its ends. */
#define APPEND(owner, item)                                                                                                    \
	do {                                                                                                                   \
		(item)->older = (owner)->newest;                                                                               \
		(item)->newer = NULL;                                                                                          \
		*((owner)->newest ? &(owner)->newest->newer : &(owner)->oldest) = (item);                                      \
		(owner)->newest = (item);                                                                                      \
	} while (0)

#define UNLINK(owner, item)                                                                                                    \
	do {                                                                                                                   \
		*((item)->older ? &(item)->older->newer : &(owner)->oldest) = (item)->newer;                                   \
		*((item)->newer ? &(item)->newer->older : &(owner)->newest) = (item)->older;                                   \
	} while (0)

static struct http2_connection **bucket_of(struct http2_table *t, uint64_t id)
{
	return &t->buckets[connection_hash(t->seed, id) >> 54 & (HTTP2_CONNECTIONS - 1)];
}

static struct http2_stream **stream_bucket(struct http2_connection *c, uint32_t id)
{
	return &c->buckets[id / 2 & (HTTP2_STREAM_BUCKETS - 1)];
}

struct http2_connection *http2_add(struct http2_table *t, uint64_t id)
{
	struct http2_connection *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->id = id;
	hpack_init(&c->side[0].hpack, &t->hpack);
	hpack_init(&c->side[1].hpack, &t->hpack);
	http2_reader_init(&c->side[0].reader, 0);
	http2_reader_init(&c->side[1].reader, HTTP2_PREFACE);
	c->next = *bucket_of(t, id);
	*bucket_of(t, id) = c;
	APPEND(t, c);
	t->connections++;
	return c;
}

struct http2_connection *http2_find(struct http2_table *t, uint64_t id)
{
	struct http2_connection *c;

	for (c = *bucket_of(t, id); c && c->id != id; c = c->next)
		;
	if (c) {
		UNLINK(t, c);
		APPEND(t, c);
	}
	return c;
}

void http2_begin_midstream(struct http2_connection *c)
{
	int i;

	c->midstream = c->roles_unknown = true;
	for (i = 0; i < 2; i++) {
		http2_reader_search(&c->side[i].reader);
		hpack_forget(&c->side[i].hpack);
		c->side[i].stream_anomalies = 1ULL << EBPFI_HTTP_MIDSTREAM;
	}
}

static uint64_t *ended_word(struct http2_recent *r, uint32_t id)
{
	return &r->ended[id / 2 % HTTP2_RECENT / 64];
}

static bool is_recent(const struct http2_recent *r, uint32_t id)
{
	return id <= r->highest && (r->highest - id) / 2 < HTTP2_RECENT;
}

/* Clears the bits of the identifiers that were left out, too. */
void http2_note_begin(struct http2_connection *c, uint32_t id)
{
	struct http2_recent *r = &c->recent[id & 1];
	uint32_t first = r->highest + 2;

	if (id <= r->highest)
		return;
	if (id - r->highest >= 2 * HTTP2_RECENT) {
		memset(r->ended, 0, sizeof(r->ended));
		first = id;
	}
	for (first = (first & ~1U) | (id & 1); first <= id; first += 2)
		*ended_word(r, first) &= ~(1ULL << (first / 2 % 64));
	r->highest = id;
}

void http2_note_end(struct http2_connection *c, uint32_t id)
{
	struct http2_recent *r = &c->recent[id & 1];

	if (is_recent(r, id))
		*ended_word(r, id) |= 1ULL << (id / 2 % 64);
}

bool http2_has_ended(const struct http2_connection *c, uint32_t id)
{
	const struct http2_recent *r = &c->recent[id & 1];

	return is_recent(r, id) && r->ended[id / 2 % HTTP2_RECENT / 64] >> (id / 2 % 64) & 1;
}

void http2_stop_reading(struct http2_table *t, struct http2_connection *c)
{
	while (c->oldest)
		http2_forget_stream(t, c, c->oldest);
	hpack_forget(&c->side[0].hpack);
	hpack_forget(&c->side[1].hpack);
}

void http2_forget(struct http2_table *t, struct http2_connection *c)
{
	struct http2_connection **at = bucket_of(t, c->id);

	http2_stop_reading(t, c);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	UNLINK(t, c);
	t->connections--;
	free(c);
}

struct http2_stream *http2_find_stream(struct http2_connection *c, uint32_t id)
{
	struct http2_stream *s;

	for (s = *stream_bucket(c, id); s && s->id != id; s = s->next)
		;
	return s;
}

bool http2_is_full(const struct http2_table *t, const struct http2_connection *c)
{
	return c->streams == HTTP2_STREAMS || (t->streams == HTTP2_STREAMS_ALL && c->streams);
}

struct http2_stream *http2_add_stream(struct http2_table *t, struct http2_connection *c, uint32_t id)
{
	struct http2_stream *s = t->streams < HTTP2_STREAMS_ALL ? calloc(1, sizeof(*s)) : NULL;

	if (!s)
		return NULL;
	s->id = id;
	s->next = *stream_bucket(c, id);
	*stream_bucket(c, id) = s;
	APPEND(c, s);
	c->streams++;
	t->streams++;
	return s;
}

void http2_forget_stream(struct http2_table *t, struct http2_connection *c, struct http2_stream *s)
{
	struct http2_stream **at = stream_bucket(c, s->id);

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	UNLINK(c, s);
	c->streams--;
	t->streams--;
	free(s);
}
