/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Makes HTTP/2 transactions from the programs' pieces of connections (http/http2_piece.h). Work per byte and memory are bounded:
 * docs/http2.md, "Bounds".
 */
#pragma once

#include "http/http2_piece.h"
#include "inspector.h"

struct http2;
struct http_table;

/* The table (http_grammar.h) must outlive it. NULL: out of memory. */
struct http2 *http2_new(const struct http_table *table);
void http2_free(struct http2 *h);

/* Reads one HTTP2_PIECE record. Returns how many messages were lost for lack of memory; a lost piece counts as one. */
unsigned int http2_read_piece(struct http2 *h, const struct ebpfi_event *record, inspector_emit_fn emit, void *to);

/* Takes an HTTP/1 response with its request's texts. If it is the 101 that answers "Upgrade: h2c", the request becomes stream 1. */
void http2_upgrade(struct http2 *h, const struct ebpfi_http *response);
