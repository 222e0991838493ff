/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The tables of open HTTP/2 connections and streams. */
#pragma once

#include <ebpfinspect/event.h>

#include "hpack.h"
#include "http/record.h"
#include "http2_field.h"
#include "http2_frame.h"

enum {
	HTTP2_CONNECTIONS = 1024,
	HTTP2_STREAMS = 256,       /* per connection, between request and response */
	HTTP2_STREAMS_ALL = 16384, /* of all connections */
	HTTP2_STREAM_BUCKETS = 64,
	HTTP2_RECENT = 1024,         /* streams of each end of which is known whether they have ended */
	HTTP2_BLOCK_MAX = 64 * 1024, /* fields of a header block beyond this size are not read (RFC 9113 6.5.2, 10.5.1) */
};

struct http2_stream {
	struct http2_stream *next;          /* of the same bucket */
	struct http2_stream *older, *newer; /* of the connection */
	uint32_t id;
	bool requested;    /* the request's head was read */
	bool request_done; /* its body, too */
	bool answered;     /* the response's head was read */
	struct {
		bool has_length;
		uint64_t length; /* content-length */
		uint32_t losses; /* struct http2_side: when the message's head was read */
	} body[2];               /* 1: of the request */
	struct ebpfi_http http;
	uint8_t text[HTTP_RECORD_TEXT]; /* of `http`: see struct http_record */
};

/* A header block that is being read. */
struct http2_block {
	struct ebpfi_http http;
	uint8_t text[HTTP_RECORD_TEXT]; /* of `http`: see struct http_record */
	struct http2_fields fields;
	uint32_t size; /* of the fields, as RFC 9113 6.5.2 counts them */
	bool unreadable;
	uint8_t flags;     /* of the frame that began it */
	uint32_t promised; /* the stream that the server promises with the block; 0: none */
	uint64_t time_ns;
};

struct http2_side {
	struct http2_reader reader;
	struct hpack hpack;
	struct http2_block block;
	uint64_t stream_anomalies; /* anomalies that the next message will carry */
	uint64_t loss;             /* the anomaly of the last loss */
	uint32_t losses;           /* how often frames were lost */
	bool seen, closed;
};

/* The latest streams that one end began. Late frames of a stream that has ended are ignored (RFC 9113 5.1). */
struct http2_recent {
	uint32_t highest;
	uint64_t ended[HTTP2_RECENT / 64];
};

struct http2_connection {
	struct http2_connection *next;          /* of the same bucket */
	struct http2_connection *older, *newer; /* by use */
	uint64_t id;
	struct http2_side side[2]; /* 1: to the server, unless they are swapped */
	bool swapped;
	bool roles_unknown; /* the beginning was not seen, so which end is the client is a guess */
	bool midstream;
	bool given_up;
	unsigned char goaways;         /* from the server, up to HTTP2_GOAWAYS */
	struct http2_recent recent[2]; /* 1: of the client */
	struct http2_stream *buckets[HTTP2_STREAM_BUCKETS];
	struct http2_stream *oldest, *newest;
	uint32_t streams;
};

struct http2_table {
	struct http2_connection *buckets[HTTP2_CONNECTIONS];
	struct http2_connection *oldest, *newest;
	uint32_t connections, streams;
	uint64_t seed; /* connection_hash.h */
	struct hpack_memory hpack;
};

/* The connection, as the one used last; NULL: there is none. */
struct http2_connection *http2_find(struct http2_table *t, uint64_t id);

/* Makes a connection; NULL: out of memory. If the table is full, the caller forgets the oldest before. */
struct http2_connection *http2_add(struct http2_table *t, uint64_t id);
void http2_forget(struct http2_table *t, struct http2_connection *c);

/* Frees the reading state of a connection that is not read any more. */
void http2_stop_reading(struct http2_table *t, struct http2_connection *c);

/* Reads on in the middle of the connection: where frames begin and what the tables hold is unknown. */
void http2_begin_midstream(struct http2_connection *c);

/* Notes that the stream began, or that it has ended; whether it has. */
void http2_note_begin(struct http2_connection *c, uint32_t id);
void http2_note_end(struct http2_connection *c, uint32_t id);
bool http2_has_ended(const struct http2_connection *c, uint32_t id);

struct http2_stream *http2_find_stream(struct http2_connection *c, uint32_t id);

/* Whether the connection's oldest stream has to be forgotten before one is added. */
bool http2_is_full(const struct http2_table *t, const struct http2_connection *c);

/* NULL: out of memory. */
struct http2_stream *http2_add_stream(struct http2_table *t, struct http2_connection *c, uint32_t id);
void http2_forget_stream(struct http2_table *t, struct http2_connection *c, struct http2_stream *s);
