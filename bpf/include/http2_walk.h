/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * HTTP/2 in the kernel: no more than the headers of frames, to leave out the payloads of DATA. The direction's struct http_message
 * holds what there is to know: `left` bytes of the frame's payload are still to come, `digits` bytes of its header are in `number`,
 * `body_bytes` is the position of the next byte to read.
 */
#pragma once

#include "emit.h"
#include "http2_format.h"
#include "http2_piece.h"
#include "http_stream.h"

enum { HTTP2_LEAD = 5 }; /* bytes of a frame's header that matter here: length, type, flags */

/* In the message's `notes`, whose bits mean something else in HTTP/1. */
enum http2_note {
	HTTP2_MISSES = 1,     /* segments were not seen since the last piece */
	HTTP2_LEAVES_OUT = 2, /* the frame's payload is not handed over */
	HTTP2_LAST = 4,       /* ... and ends the message */
};

/* A segment on its way: offsets in the packet. */
struct http2_walk {
	__u32 from, until; /* to be handed over next */
	__u32 at, end;
	__u64 base; /* the position of the packet's offset 0 */
	__u32 flags;
	__u32 ends; /* flags of a last, empty piece */
	__u32 told; /* a piece is due even if it is empty */
};

/* From here on a direction is HTTP/2; `position` is what was read of it as HTTP/1, part of the client's preface. */
static __always_inline void http2_begin(struct http_side *side, __u8 role, __u32 position)
{
	http_forget(&side->m);
	side->role = role;
	side->m.state = HTTP_H2;
	side->m.body_bytes = position;
	side->m.left = role == HTTP_REQUEST ? HTTP2_PREFACE - position : 0;
}

/* Both directions; `position` is the client's. */
static __always_inline void http2_begin_both(struct http_side *client, struct http_side *server, __u32 position)
{
	http2_begin(client, HTTP_REQUEST, position);
	http2_begin(server, HTTP_RESPONSE, 0);
}

/* The 101 that answers "Upgrade: h2c" (RFC 7540 3.2). */
static __always_inline int http2_is_upgrade(const struct http_message *m)
{
	const __u8 *t = m->text + http_bases[EBPFI_HTTP_UPGRADE];

	return m->status == 101 && m->used[EBPFI_HTTP_UPGRADE] == 3 && t[0] == 'h' && t[1] == '2' && t[2] == 'c';
}

/*
 * Whether the bytes from `at` to `end`, which begin with `head`, are in the middle of HTTP/2: two frames' headers where they should be,
 * or one whose frame ends with the bytes. With SETTINGS a connection begins.
 */
static __always_inline int http2_is_chain(const struct pkt *p, __u8 hook, __u8 *head, __u32 at, __u32 end)
{
	__u32 next = at + HTTP2_HEAD + http2_length(head);

	if (!http2_is_frame(head) || head[3] == HTTP2_SETTINGS)
		return 0;
	if (next == end)
		return 1;
	return next + HTTP2_HEAD <= end && !pkt_load_at(p, hook, next, head, HTTP2_HEAD) && http2_is_frame(head);
}

/*
 * HTTP/2 whose preface was not seen, found where the first byte of a segment, `begin`, is that of no HTTP/1 message. The tables of its
 * header compression are not known, so it is told once and left alone: what is to be told is the message from then on.
 */
static __always_inline int http2_is_underway(const struct pkt *p, __u8 hook, struct http_side *side, struct http_walk *w,
					     __u32 begin, __u32 end)
{
	if (side->sure || w->at != 1 || w->end < HTTP2_HEAD || !http2_is_chain(p, hook, w->bytes, begin, end))
		return 0;
	http_forget(&side->m);
	side->m.time_ns = 0;
	side->m.notes = 1 << HTTP_PREFACE;
	http_wrong(&side->m, EBPFI_HTTP_MIDSTREAM);
	return 1;
}

/* A gap within a payload is bytes that are missing; anywhere else the frames are lost, and everything is handed over from then on. */
static __always_inline void http2_gap(struct http_side *side, __u32 missing)
{
	struct http_message *m = &side->m;

	m->body_bytes += missing;
	m->notes |= HTTP2_MISSES;
	if (m->left >= missing) {
		m->left -= missing;
		return;
	}
	m->left = ~0ULL;
	m->notes &= ~HTTP2_LEAVES_OUT;
}

static __always_inline long http2_load(const struct pkt *p, __u8 hook, __u32 offset, void *to, __u32 size, __u32 room)
{
	opaque(size);
	if ((__s32)size < 1)
		return -1;
	opaque(size);
	if (size > room)
		return -1;
	return pkt_load_at(p, hook, offset, to, size);
}

static __always_inline void http2_set_piece(struct http2_piece *piece, const struct pkt *p, const struct ebpfi_packet *e,
					    const struct http2_walk *w, __u64 connection)
{
	__builtin_memset(piece, 0, sizeof(*piece));
	piece->event.len = sizeof(*piece);
	piece->event.kind = HTTP2_PIECE;
	piece->event.hook = p->hook;
	piece->event.direction = p->direction;
	piece->event.time_ns = now_ns();
	piece->event.ifindex = p->ifindex;
	__builtin_memcpy(piece->src, e->src, sizeof(piece->src));
	__builtin_memcpy(piece->dst, e->dst, sizeof(piece->dst));
	piece->src_port = e->src_port;
	piece->dst_port = e->dst_port;
	piece->ethertype = e->ethertype;
	piece->flags = w->flags;
	piece->connection = connection;
	piece->position = w->base + w->from;
}

/* Whole for each room there is: were a pointer that may be none tested behind a joint, older kernels would want CAP_PERFMON. */
static __always_inline void http2_put(const struct pkt *p, __u8 hook, const struct ebpfi_packet *e, struct http2_walk *w,
				      struct ebpfi_ledger *l, __u64 connection, __u32 size, __u32 room)
{
	struct http2_piece *piece = bpf_ringbuf_reserve(&events, sizeof(*piece) + room, 0);

	if (!piece) {
		l->seen++;
		l->lost_ring++;
		return;
	}
	http2_set_piece(piece, p, e, w, connection);
	if (size && !http2_load(p, hook, w->from, piece + 1, size, room)) {
		piece->size = size;
		piece->event.len += size;
	}
	w->flags &= HTTP2_TO_SERVER;
	bpf_ringbuf_submit(piece, wake_flags());
}

/* Hands over what is due, a piece at a time. What does not find room is told by the position of the next. */
static __always_inline void http2_hand_over(const struct pkt *p, __u8 hook, const struct ebpfi_packet *e, struct http2_walk *w,
					    struct ebpfi_ledger *l, __u64 connection)
{
	__u32 size = w->until - w->from;

	if (size > HTTP2_PIECE_MAX)
		size = HTTP2_PIECE_MAX;
	if (size <= 64)
		http2_put(p, hook, e, w, l, connection, size, 64);
	else if (size <= 512)
		http2_put(p, hook, e, w, l, connection, size, 512);
	else
		http2_put(p, hook, e, w, l, connection, size, HTTP2_PIECE_MAX);
	w->from += size;
	w->told = 0;
}

/* The header is complete: is its payload of interest? */
static __always_inline void http2_head(struct http_message *m, struct http2_walk *w)
{
	__u32 length = m->number >> 16, type = m->number >> 8 & 0xff, flags = m->number & 0xff;

	m->digits = 0;
	m->left = length;
	m->notes &= ~(HTTP2_LEAVES_OUT | HTTP2_LAST);
	if (type != HTTP2_DATA || flags & HTTP2_PADDED || length <= HTTP2_WHOLE)
		return;
	m->notes |= HTTP2_LEAVES_OUT;
	if (flags & HTTP2_END_STREAM)
		m->notes |= HTTP2_LAST;
	w->until = w->at;
}

/* Nine single bytes: a header may be cut anywhere. */
static __always_inline void http2_read_head(const struct pkt *p, __u8 hook, struct http_message *m, struct http2_walk *w)
{
	__u8 byte;
	__u32 i;

	if (!m->digits)
		m->number = 0;
	UNROLLED
	for (i = 0; i < HTTP2_HEAD; i++) {
		if (w->at >= w->end || m->digits >= HTTP2_HEAD)
			break;
		byte = 0;
		if (m->digits < HTTP2_LEAD) {
			pkt_load_at(p, hook, w->at, &byte, 1);
			m->number = m->number << 8 | byte;
		}
		w->at++;
		m->digits++;
	}
	if (m->digits >= HTTP2_HEAD)
		http2_head(m, w);
}

/* Over the payload, as far as the segment has it. The end of a message that was left out is told, for its time. */
static __always_inline void http2_pass(struct http_message *m, struct http2_walk *w)
{
	__u64 here = w->end - w->at;

	if (here > m->left)
		here = m->left;
	m->left -= here;
	w->at += here;
	if (!(m->notes & HTTP2_LEAVES_OUT))
		return;
	w->from = w->until = w->at;
	w->told = !m->left && m->notes & HTTP2_LAST;
}

/* One turn of the segment; 1 at its end. */
static __always_inline long http2_turn(const struct pkt *p, __u8 hook, const struct ebpfi_packet *e, struct http_message *m,
				       struct http2_walk *w, struct ebpfi_ledger *l, __u64 connection)
{
	if (w->until > w->from || w->told) {
		http2_hand_over(p, hook, e, w, l, connection);
		return 0;
	}
	if (w->at >= w->end) {
		w->flags |= w->ends;
		w->told = w->ends;
		w->ends = 0;
		return !w->told;
	}
	if (m->left)
		http2_pass(m, w);
	else
		http2_read_head(p, hook, m, w);
	if (w->at >= w->end)
		w->until = w->at;
	return 0;
}

/* What a segment's flags say of HTTP/2's end. */
static __always_inline __u32 http2_ends(__u8 tcp_flags, int other_closed)
{
	if (tcp_flags & TCP_RST || (tcp_flags & TCP_FIN && other_closed))
		return HTTP2_CLOSED | HTTP2_GONE;
	return tcp_flags & TCP_FIN ? HTTP2_CLOSED : 0;
}

/* A segment, or what of it is HTTP/2; `ends` says what its end is the end of. */
static __always_inline void http2_enter(struct http_side *side, struct http2_walk *w, __u32 at, __u32 end, __u32 ends)
{
	struct http_message *m = &side->m;

	w->from = w->until = w->at = at;
	w->end = end;
	w->base = m->body_bytes - at;
	w->flags = side->role == HTTP_REQUEST ? HTTP2_TO_SERVER : 0;
	w->flags |= m->notes & HTTP2_MISSES ? HTTP2_GAP : 0;
	w->ends = ends;
	w->told = 0;
	m->notes &= ~HTTP2_MISSES;
	m->body_bytes += end - at;
}
