/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The frames of one direction of an HTTP/2 connection (RFC 9113 4), from pieces of its bytes. Pieces may end anywhere or be lost. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http2_format.h"

struct http2_frame {
	uint32_t length;
	uint8_t type, flags;
	uint32_t stream;
	uint32_t
		number; /* RST_STREAM: the error code; PUSH_PROMISE: the promised stream; GOAWAY: the last stream that is served */
};

enum {
	HTTP2_DOUBT_MAX = 1 << 20,    /* with more doubt, the connection is given up */
	HTTP2_DOUBT_PER_WRONG = 4096, /* doubt per wrong frame, which costs more work than its bytes */
};

struct http2_listener {
	void (*begin)(void *ctx, const struct http2_frame *frame); /* the payload proper begins */
	/* Some bytes of a header block, the last if `final`; or of a body, then `bytes` is NULL. */
	void (*payload)(void *ctx, const struct http2_frame *frame, const uint8_t *bytes, size_t size, bool final);
	void (*end)(void *ctx, const struct http2_frame *frame);
	void (*frames_lost)(void *ctx, bool wrong); /* frames were not seen; `wrong`: the bytes are not a frame */
};

struct http2_reader {
	uint64_t next;    /* position of the next byte */
	uint8_t head[16]; /* the frame's header, then what precedes its payload proper */
	uint8_t have, want;
	bool searching;     /* for the start of a frame */
	uint32_t left;      /* of the payload proper */
	uint32_t padding;   /* after it */
	uint32_t continues; /* the stream whose header block continues in the next frame; 0: none */
	uint64_t doubt;     /* increased by wrong frames and by bytes searched for a frame, decreased by bytes of frames */
	struct http2_frame frame;
};

/* `preface`: bytes that precede the first frame. */
void http2_reader_init(struct http2_reader *r, uint32_t preface);

/* The next byte may be anywhere: looks for the start of a frame. */
void http2_reader_search(struct http2_reader *r);

/* Reads the bytes at a position. Missing bytes before it are harmless if all of them are in a body. */
void http2_reader_feed(struct http2_reader *r, uint64_t position, const uint8_t *bytes, size_t size,
		       const struct http2_listener *listener, void *ctx);
