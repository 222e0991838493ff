/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Between the programs and the library: a piece of an HTTP/2 stream of bytes. Header compression needs memory that a program does not
 * have, so what follows HTTP/2's preface goes to user space, without the bodies.
 */
#pragma once

#include <ebpfinspect/event.h>

enum {
	HTTP2_PIECE = 19,  /* the kind of the record, next to enum ebpfi_event_kind's */
	HTTP2_WHOLE = 512, /* a DATA frame's payload up to this size is handed over: a record of its own would cost more */
	HTTP2_PIECE_MAX = 4096,
};

enum http2_piece_flag {
	HTTP2_TO_SERVER = 1 << 0,
	HTTP2_GAP = 1 << 1,    /* segments were not seen before this piece */
	HTTP2_CLOSED = 1 << 2, /* the direction ends here */
	HTTP2_GONE = 1 << 3,   /* both do */
};

/*
 * `position` counts the bytes of the direction since it became HTTP/2; the client's first 24 are its preface. Where it is further than
 * the last piece's end, bytes are missing: the payload of a DATA frame that was left out, segments that were not seen, or pieces for
 * which the ring buffer had no room.
 */
struct http2_piece {
	struct ebpfi_event event;
	__u8 src[16], dst[16];
	__u16 src_port, dst_port;
	__u16 ethertype;
	__u16 flags;
	__u64 connection;
	__u64 position;
	__u32 size; /* bytes that follow */
	__u32 reserved;
};
