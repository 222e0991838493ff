/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The record between the programs and the library: a piece of one direction's bytes. Header compression needs more memory than a program
 * has, so the bytes after the HTTP/2 preface go to user space, without the bodies.
 */
#pragma once

#include <ebpfinspect/event.h>

enum {
	HTTP2_PIECE = 30,  /* the kind of the record, next to enum ebpfi_event_kind's */
	HTTP2_WHOLE = 512, /* a DATA payload up to this size is sent too: skipping it needs another record, which costs more */
	HTTP2_PIECE_MAX = 4096,
};

enum http2_piece_flag {
	HTTP2_TO_SERVER = 1 << 0,
	HTTP2_GAP = 1 << 1,      /* segments were not seen before this piece */
	HTTP2_CLOSED = 1 << 2,   /* the direction ends here */
	HTTP2_GONE = 1 << 3,     /* both directions end here */
	HTTP2_ABORTED = 1 << 4,  /* ... by a RST of the sender */
	HTTP2_REPLACED = 1 << 5, /* ... because another connection began on the same ports */
	HTTP2_UNDERWAY = 1 << 6, /* the connection is older than the watcher, so its roles are a guess */
};

/*
 * `position` counts the bytes of the direction since it became HTTP/2; the client's first 24 are its preface. If it is greater than the
 * last piece's end, bytes are missing: a skipped DATA payload, unseen segments, or pieces that did not fit in the ring buffer.
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
