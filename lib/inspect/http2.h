/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * HTTP/2 transactions from the pieces of its connections that the programs hand over (http/http2_piece.h). Memory is bounded: the connections
 * that were quiet for the longest time give way, and the oldest streams of a connection.
 */
#pragma once

#include "http/http2_piece.h"
#include "inspector.h"

struct http2;
struct http_table;

/* Keeps the table, see http_grammar.h. NULL: out of memory. */
struct http2 *http2_new(const struct http_table *table);
void http2_free(struct http2 *h);

/* One piece, an HTTP2_PIECE record. Returns how many messages there was no memory for; a piece for which there was none is one. */
unsigned int http2_take(struct http2 *h, const struct ebpfi_event *record, inspector_emit_fn emit, void *to);

/* An HTTP/1 response with its request's texts: where it is the 101 that answers "Upgrade: h2c", the request is stream 1 from now on. */
void http2_upgrade(struct http2 *h, const struct ebpfi_http *response);
