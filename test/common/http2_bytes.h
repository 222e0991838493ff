/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The bytes of an HTTP/2 connection that a test makes frame by frame, and the records in which the programs hand them over. */
#pragma once

#include <stdint.h>

#include "bytes.h"
#include "http/http2_format.h"
#include "http2.h"

/* An array and its size, as two arguments. */
#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define TEXT(text) (const uint8_t *)(text), sizeof(text) - 1

static inline void put_frame(struct bytes *b, uint8_t type, uint8_t flags, uint32_t stream, const uint8_t *payload, size_t size)
{
	put(b, BYTES((uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, type, flags, (uint8_t)(stream >> 24),
		     (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream));
	if (size)
		put(b, payload, size);
}

/* The preface of a client, and SETTINGS that allow a table of 64 KiB. */
static inline void put_preface(struct bytes *b)
{
	put(b, TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
	put_frame(b, HTTP2_SETTINGS, 0, 0, BYTES(0, 1, 0, 1, 0, 0));
}

/* Hands a piece over, from memory that ends where the piece does; returns the messages lost. */
static inline unsigned int take_piece(struct http2 *h, struct http2_piece head, const uint8_t *bytes, size_t size,
				      inspector_emit_fn emit, void *to)
{
	struct http2_piece *p = malloc(sizeof(*p) + size);
	unsigned int lost;

	ck_assert_ptr_nonnull(p);
	*p = head;
	p->event.len = (uint32_t)(sizeof(*p) + size);
	p->event.kind = HTTP2_PIECE;
	p->size = (uint32_t)size;
	if (size)
		memcpy(p + 1, bytes, size);
	lost = http2_read_piece(h, &p->event, emit, to);
	free(p);
	return lost;
}
