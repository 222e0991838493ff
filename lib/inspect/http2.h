/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Makes HTTP/2 transactions from the programs' pieces of connections (http/http2_piece.h). Work per byte and memory are bounded:
 * docs/http2.md, "Bounds".
 */
#pragma once

#include <stdbool.h>

#include "http/http2_piece.h"
#include "inspector.h"

struct http2;
struct http_table;

/* The table (http_grammar.h) must outlive it. NULL: out of memory. */
struct http2 *http2_new(const struct http_table *table);
void http2_free(struct http2 *h);

/* Reads one HTTP2_PIECE record. Returns how many messages were lost for lack of memory; a lost piece counts as one. */
unsigned int http2_read_piece(struct http2 *h, const struct ebpfi_event *record, inspector_emit_fn emit, void *to);

/*
 * Time passes. UINT64_MAX: the session or the capture ends, and what is still open is told: requests without a response as unanswered,
 * responses that are still arriving as open. Returns like http2_read_piece().
 */
unsigned int http2_tick(struct http2 *h, uint64_t now_ns, inspector_emit_fn emit, void *to);

/* Whether the head of a response makes an event, too; at first not. */
void http2_set_heads(struct http2 *h, bool heads);

/*
 * Takes an HTTP/1 response with its request's texts. If it is the 101 that answers "Upgrade: h2c", the request becomes stream 1, and an
 * older connection may be evicted.
 */
void http2_upgrade(struct http2 *h, const struct ebpfi_http *response, inspector_emit_fn emit, void *to);
