/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The frames of HTTP/2, as the programs and the library know them (RFC 9113 4 and 6). */
#pragma once

#include <linux/types.h>

enum {
	HTTP2_PREFACE = 24,         /* bytes of the client's preface */
	HTTP2_HEAD = 9,             /* bytes of a frame's header */
	HTTP2_LENGTH_USUAL = 16384, /* of a payload: SETTINGS_MAX_FRAME_SIZE at first (RFC 9113 6.5.2) */
};

enum http2_type {
	HTTP2_DATA,
	HTTP2_HEADERS,
	HTTP2_PRIORITY,
	HTTP2_RST_STREAM,
	HTTP2_SETTINGS,
	HTTP2_PUSH_PROMISE,
	HTTP2_PING,
	HTTP2_GOAWAY,
	HTTP2_WINDOW_UPDATE,
	HTTP2_CONTINUATION,
	HTTP2_TYPES,
};

enum http2_frame_flag {
	HTTP2_ACK = 1,
	HTTP2_END_STREAM = 1,
	HTTP2_END_HEADERS = 4,
	HTTP2_PADDED = 8,
	HTTP2_WITH_PRIORITY = 0x20,
};

/* The accepted headers of a frame type. */
struct http2_shape {
	__u16 least, most; /* bytes of payload */
	__u8 flags;
	__u8 streams; /* bits: 1 for a frame of the connection, 2 for one of a stream */
};

/* CONTINUATION is not accepted: the block that it continues was not seen. */
static const struct http2_shape http2_shapes[16] = {
	[HTTP2_DATA] = { 0, HTTP2_LENGTH_USUAL, HTTP2_END_STREAM | HTTP2_PADDED, 2 },
	[HTTP2_HEADERS] = { 1, HTTP2_LENGTH_USUAL, HTTP2_END_STREAM | HTTP2_END_HEADERS | HTTP2_PADDED | HTTP2_WITH_PRIORITY,
			    2 },
	[HTTP2_PRIORITY] = { 5, 5, 0, 2 },
	[HTTP2_RST_STREAM] = { 4, 4, 0, 2 },
	[HTTP2_SETTINGS] = { 0, 240, HTTP2_ACK, 1 },
	[HTTP2_PUSH_PROMISE] = { 5, HTTP2_LENGTH_USUAL, HTTP2_END_HEADERS | HTTP2_PADDED, 2 },
	[HTTP2_PING] = { 8, 8, HTTP2_ACK, 1 },
	[HTTP2_GOAWAY] = { 8, 1024, 0, 1 },
	[HTTP2_WINDOW_UPDATE] = { 4, 4, 0, 1 | 2 },
};

static inline __u32 http2_length(const __u8 *head)
{
	return (__u32)head[0] << 16 | (__u32)head[1] << 8 | head[2];
}

/* Whether nine bytes may be a frame's header. They can be any bytes, so this is stricter than RFC 9113. */
static inline int http2_is_frame(const __u8 *head)
{
	const struct http2_shape *is = &http2_shapes[head[3] & 15];
	__u32 length = http2_length(head);
	__u8 streams = head[5] | head[6] | head[7] | head[8] ? 2 : 1;

	return head[3] < HTTP2_TYPES && !(head[4] & ~is->flags) && !(head[5] & 0x80) && is->streams & streams &&
	       length >= is->least && length <= is->most;
}
