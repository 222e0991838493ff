/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The messages of HTTP/2 connections, from their frames to their events. */
#pragma once

#include "http/http2_piece.h"
#include "http2_stream.h"
#include "inspector.h"

struct http2 {
	struct http2_table table;
	const struct http_table *grammar;
	bool heads;      /* the head of a response makes an event, too */
	uint64_t now_ns; /* the latest time that is known */
	/* While a piece is read: */
	const struct http2_piece *piece;
	struct http2_connection *c;
	struct http2_side *side;
	bool to_server;
	inspector_emit_fn emit;
	void *to;
	unsigned int lost; /* messages */
};

/* A header block is complete. `frame`: its last. */
void http2_on_block(struct http2 *h, const struct http2_frame *frame);

/* Some bytes of a body, and its last frame. */
void http2_on_data(struct http2 *h, const struct http2_frame *frame, size_t size);
void http2_on_data_end(struct http2 *h, const struct http2_frame *frame);

void http2_on_reset(struct http2 *h, const struct http2_frame *frame);
void http2_on_goaway(struct http2 *h, const struct http2_frame *frame);

/* Reports the connection as broken: the bytes are not read any more, or the server answers in HTTP/1. */
void http2_tell_broken(struct http2 *h, struct http_record *record);

/* The connection ends: responses that began are cut off, requests without one have this reason (enum ebpfi_http_reason). */
void http2_end_streams(struct http2 *h, uint8_t reason);

/* The session does not follow the streams of a connection any more. */
void http2_drop_streams(struct http2 *h, struct http2_connection *c, uint8_t reason);

/* NULL: out of memory. Another stream may be evicted. */
struct http2_stream *http2_open_stream(struct http2 *h, struct http2_connection *c, uint32_t id);

/* Turns an event's sender and receiver. */
void http2_turn(struct ebpfi_http *e);
