/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The frames of one direction of an HTTP/2 connection (RFC 9113 4), from pieces of its bytes that may be cut or missing anywhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http2_format.h"

struct http2_frame {
	uint32_t length;
	uint8_t type, flags;
	uint32_t stream;
	uint32_t number; /* RST_STREAM: the error code; PUSH_PROMISE: the promised stream */
};

/* What a reader tells its owner. */
struct http2_listener {
	void (*begin)(void *ctx, const struct http2_frame *frame); /* what precedes the payload proper is read */
	/* Some of a header block, the last of it where `final`; or of a body, whose bytes are NULL. */
	void (*payload)(void *ctx, const struct http2_frame *frame, const uint8_t *bytes, size_t size, bool final);
	void (*end)(void *ctx, const struct http2_frame *frame);
	void (*lost)(void *ctx, bool wrong); /* frames were not seen, or, if `wrong`, cannot be */
};

struct http2_reader {
	uint64_t next;    /* position of the next byte */
	uint8_t head[16]; /* the frame's header, then what precedes its payload proper */
	uint8_t have, want;
	bool searching;     /* for where a frame begins */
	uint32_t left;      /* of the payload proper */
	uint32_t padding;   /* after it */
	uint32_t continues; /* the stream whose header block goes on in the next frame; 0: none */
	uint64_t searched;  /* bytes, since frames were lost */
	struct http2_frame frame;
};

/* `preface`: bytes that precede the first frame. */
void http2_reader_init(struct http2_reader *r, uint32_t preface);

/* The bytes at a position; those that are missing before it are bridged where they are a body's. */
void http2_reader_feed(struct http2_reader *r, uint64_t position, const uint8_t *bytes, size_t size,
		       const struct http2_listener *listener, void *ctx);
