/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * HTTP/2 in the kernel: reads only frame headers, to skip the payloads of DATA. In the direction's struct http_message, `left` counts the
 * remaining bytes of the frame's payload, `status` the header bytes that were read, `number` holds those bytes, and `body_bytes` is the
 * position of the next byte to read.
 */
#pragma once

#include "emit.h"
#include "http/http2_format.h"
#include "http/http2_piece.h"
#include "http/work.h"

enum {
	HTTP2_LEAD = 5,            /* bytes of a frame's header that are used here: length, type, flags */
	HTTP2_STEPS_MAX = 1 << 17, /* per segment: nearly every step reads a byte or sends a piece */
};

/* Bits of the message's `notes`; in HTTP/1 they mean something else. */
enum http2_note {
	HTTP2_SEGMENTS_MISSED = 1, /* since the last piece */
	HTTP2_SKIPS_PAYLOAD = 2,   /* the frame's payload is not handed over */
	HTTP2_ENDS_MESSAGE = 4,    /* ... and ends the message */
	HTTP2_JOINED = 8,          /* the beginning of the connection was not seen */
};

/* A segment that is being read: offsets in the packet. */
struct http2_walk {
	__u32 from, until; /* the bytes to send next */
	__u32 at, end;
	__u64 base;      /* the position of the packet's offset 0 */
	__u32 end_flags; /* of a last, empty piece; 0: there is none */
	__u32 is_due;    /* an empty piece is to be sent */
	struct http2_piece head;
	__u8 byte;
};

SCRATCH(frames, struct http2_walk);

/* Whether the library reads HTTP/2. */
GLOBAL_FUNCTION __u32 http2_is_read(void)
{
	KEY(__u32, only, 0);
	const struct http_table *t = bpf_map_lookup_elem(&http_table, &only);

	return t ? t->http2 : 0;
}

/* Switches a direction to HTTP/2; `position` bytes of the client's preface were read as HTTP/1. */
static __always_inline void http2_begin(struct http_message *m, int client, __u32 position)
{
	http_reset_message(m);
	m->number = 0;
	m->state = HTTP_H2;
	m->body_bytes = position;
	if (client)
		m->left = HTTP2_PREFACE - position;
}

/* The 101 that answers "Upgrade: h2c" (RFC 7540 3.2), if the library reads HTTP/2. */
GLOBAL_FUNCTION __u32 http2_is_upgrade(void)
{
	struct http_reading *r = reading_of_cpu();
	const __u8 *t;

	if (!r || !http2_is_read())
		return 0;
	t = r->text.at + http_text_base(EBPFI_HTTP_UPGRADE);
	return r->m.status == 101 && r->m.used[EBPFI_HTTP_UPGRADE] == 3 && t[0] == 'h' && t[1] == '2' && t[2] == 'c';
}

/* If the bytes being read begin with a frame, its size; else 0. */
GLOBAL_FUNCTION __u32 http2_frame_size(void)
{
	struct http_reading *r = reading_of_cpu();

	return r && http2_is_frame(r->walk.bytes) ? HTTP2_HEAD + http2_length(r->walk.bytes) : 0;
}

/* Whether the bytes being read begin the segment and are the header of a frame; the connection was not HTTP/1 so far. */
static __always_inline __u32 http2_first_frame(const struct http_loop *loop)
{
	const struct http_walk *walk = &loop->r->walk;

	if (loop->side->recognised || http_has_begun(&loop->r->m) || walk->end < HTTP2_HEAD ||
	    loop->w->range.at - walk->end != loop->e->payload_offset)
		return 0;
	return http2_frame_size();
}

/* A server whose client's bytes were not seen. */
static __always_inline int http2_lacks_client(const struct http_loop *loop)
{
	const struct http_side *other = loop->other;

	if (loop->side->role == HTTP_REQUEST || other->recognised || http_has_begun(&other->m))
		return 0;
	if (other->stream_anomalies & 1U << EBPFI_HTTP_MIDSTREAM)
		return 0;
	return loop->side->role == HTTP_RESPONSE || loop->e->src_port < loop->e->dst_port;
}

/*
 * Whether a segment that is not HTTP/1 belongs to an HTTP/2 connection whose preface was not seen: it begins with two frames, or it is
 * one whole frame. If the beginning was seen, there was none. SETTINGS do not count, because a connection begins with them.
 */
static __always_inline int http2_is_underway(const struct http_loop *loop, __u8 hook)
{
	struct http_walk *walk = &loop->r->walk;
	__u32 begin = loop->e->payload_offset, size;

	if (!loop->side->joined && !http2_lacks_client(loop))
		return 0;
	size = http2_first_frame(loop);
	if (!size || walk->bytes[3] == HTTP2_SETTINGS)
		return 0;
	if (begin + size == loop->w->range.end)
		return 1;
	return begin + size + HTTP2_HEAD <= loop->w->range.end &&
	       !pkt_load_at(&loop->bytes, hook, begin + size, walk->bytes, HTTP2_HEAD) && http2_frame_size();
}

/* Whether a server that speaks only HTTP/2 answers HTTP/1: its first frame is SETTINGS (RFC 9113 3.4). */
static __always_inline int http2_is_answer(const struct http_loop *loop)
{
	return loop->side->role == HTTP_RESPONSE && loop->c->pushed && http2_first_frame(loop) &&
	       loop->r->walk.bytes[3] == HTTP2_SETTINGS && !loop->r->walk.bytes[4];
}

/* The peer of a side that is HTTP/2: where its frames begin is unknown, so every byte is sent. */
GLOBAL_FUNCTION __u32 http2_join(struct http_side *side)
{
	if (!side)
		return 0;
	http2_begin(&side->m, 0, 0);
	side->m.left = ~0ULL;
	side->m.notes = HTTP2_JOINED;
	return 0;
}

static __always_inline int http2_is_joined(const struct http_message *m)
{
	return m->state == HTTP_H2 && m->notes & HTTP2_JOINED;
}

/* A gap within a payload is harmless. After any other gap the frame positions are unknown, so every byte is sent. */
static __always_inline void http2_bridge_gap(struct http_message *m, __u32 missing)
{
	if (!missing)
		return;
	m->body_bytes += missing;
	m->notes |= HTTP2_SEGMENTS_MISSED;
	if (m->left >= missing) {
		m->left -= missing;
		return;
	}
	m->left = ~0ULL;
	m->notes &= ~HTTP2_SKIPS_PAYLOAD;
}

static __always_inline void http2_set_head(struct http2_piece *piece, const struct ebpfi_packet *e)
{
	piece->event.kind = HTTP2_PIECE;
	piece->event.hook = e->event.hook;
	piece->event.direction = e->event.direction;
	piece->event.ifindex = e->event.ifindex;
	__builtin_memcpy(piece->src, e->src, sizeof(piece->src));
	__builtin_memcpy(piece->dst, e->dst, sizeof(piece->dst));
	piece->src_port = e->src_port;
	piece->dst_port = e->dst_port;
	piece->ethertype = e->ethertype;
}

/* Begins to read the segment in struct http_work as HTTP/2. `ends`: the flags of a last, empty piece; 0: there is none. */
GLOBAL_FUNCTION __u32 http2_enter(const struct http_side *side, __u64 connection, __u32 ends)
{
	struct http_reading *r = reading_of_cpu();
	struct http2_walk *w = frames_of_cpu();
	struct http_work *segment = work_of_cpu();
	struct decode *d = decoded_of_cpu();
	struct http_message *m;

	if (!side || !r || !w || !segment || !d)
		return 0;
	m = &r->m;
	*m = side->m;
	if (m->state != HTTP_H2)
		http2_begin(m, side->role == HTTP_REQUEST, 0);
	http2_bridge_gap(m, segment->range.before);
	w->from = w->until = w->at = segment->range.at - (r->walk.end - r->walk.at); /* loaded, but not read as HTTP/1 */
	w->end = segment->range.end;
	w->base = m->body_bytes - w->at;
	w->end_flags = ends;
	w->is_due = 0;
	http2_set_head(&w->head, &d->event);
	w->head.event.time_ns = r->walk.now;
	w->head.connection = connection;
	w->head.flags = side->role == HTTP_REQUEST ? HTTP2_TO_SERVER : 0;
	if (m->notes & HTTP2_SEGMENTS_MISSED)
		w->head.flags |= HTTP2_GAP;
	if (m->notes & HTTP2_JOINED)
		w->head.flags |= HTTP2_UNDERWAY;
	m->notes &= ~HTTP2_SEGMENTS_MISSED;
	m->body_bytes += w->end - w->at;
	return 0;
}

GLOBAL_FUNCTION __u32 http2_leave(struct http_side *side)
{
	struct http_reading *r = reading_of_cpu();
	struct http_work *segment = work_of_cpu();

	if (!side || !r || !segment)
		return 0;
	http2_bridge_gap(&r->m, segment->range.behind);
	side->m = r->m;
	return 0;
}

/* Counts a piece that did not fit in the ring buffer. The next piece's position shows how many bytes are missing. */
GLOBAL_FUNCTION __u32 http2_count_lost(void)
{
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (!l)
		return 0;
	bump(&l->seen);
	bump(&l->lost_ring);
	return 0;
}

/* A piece without bytes. */
GLOBAL_FUNCTION __u32 http2_send_empty(void)
{
	struct http2_walk *w = frames_of_cpu();
	struct http2_piece *piece;

	if (!w)
		return 0;
	w->is_due = 0;
	w->head.position = w->base + w->from;
	w->head.size = 0;
	w->head.event.len = sizeof(*piece);
	piece = bpf_ringbuf_reserve(&events, sizeof(*piece), 0);
	if (!piece)
		return http2_count_lost();
	__builtin_memcpy(piece, &w->head, sizeof(*piece));
	bpf_ringbuf_submit(piece, wake_flags(w->head.event.time_ns));
	w->head.flags &= HTTP2_TO_SERVER | HTTP2_UNDERWAY;
	return 0;
}

struct http2_loop {
	struct pkt_bytes bytes;
	struct http2_walk *w;
	struct http_message *m;
};

/* Inlined once per room: older kernels refuse a NULL check of a pointer after two branches join, without CAP_PERFMON. */
static __always_inline void http2_send_piece(const struct http2_loop *loop, __u8 hook, __u32 room)
{
	struct http2_piece *piece = bpf_ringbuf_reserve(&events, sizeof(*piece) + room, 0);
	struct http2_walk *w = loop->w;
	__u32 size;

	if (!piece) {
		http2_count_lost();
		return;
	}
	__builtin_memcpy(piece, &w->head, sizeof(*piece));
	size = READ_ONCE(w->head.size) - 1;
	mask_index(size, room - 1);
	if (pkt_load_at(&loop->bytes, hook, w->from, piece + 1, size + 1)) {
		piece->size = 0;
		piece->event.len = sizeof(*piece);
	}
	bpf_ringbuf_submit(piece, wake_flags(w->head.event.time_ns));
	w->head.flags &= HTTP2_TO_SERVER | HTTP2_UNDERWAY;
}

/* Sends the next piece. */
static __always_inline void http2_send_next(const struct http2_loop *loop, __u8 hook)
{
	struct http2_walk *w = loop->w;
	__u32 size = w->until - w->from;

	if (size > HTTP2_PIECE_MAX)
		size = HTTP2_PIECE_MAX;
	w->head.position = w->base + w->from;
	w->head.size = size;
	w->head.event.len = sizeof(w->head) + size;
	if (size <= 64)
		http2_send_piece(loop, hook, 64);
	else if (size <= 512)
		http2_send_piece(loop, hook, 512);
	else
		http2_send_piece(loop, hook, HTTP2_PIECE_MAX);
	w->from += w->head.size;
	w->is_due = 0;
}

/* The header is complete: decides whether the payload is skipped. */
static __always_inline void http2_begin_payload(struct http_message *m, struct http2_walk *w)
{
	__u32 length = m->number >> 16, type = m->number >> 8 & 0xff, flags = m->number & 0xff;

	m->status = 0;
	m->left = length;
	m->notes &= ~(HTTP2_SKIPS_PAYLOAD | HTTP2_ENDS_MESSAGE);
	if (type != HTTP2_DATA || flags & HTTP2_PADDED || length <= HTTP2_WHOLE)
		return;
	m->notes |= HTTP2_SKIPS_PAYLOAD;
	if (flags & HTTP2_END_STREAM)
		m->notes |= HTTP2_ENDS_MESSAGE;
	w->until = w->at;
}

/* Reads byte by byte, because a header may be cut anywhere. */
static __always_inline void http2_read_head(const struct http2_loop *loop, __u8 hook)
{
	struct http_message *m = loop->m;
	struct http2_walk *w = loop->w;
	__u32 i;

	if (!m->status)
		m->number = 0;
	UNROLL
	for (i = 0; i < HTTP2_HEAD; i++) {
		if (w->at >= w->end || m->status >= HTTP2_HEAD)
			break;
		if (m->status < HTTP2_LEAD) {
			w->byte = 0;
			pkt_load_at(&loop->bytes, hook, w->at, &w->byte, 1);
			m->number = m->number << 8 | w->byte;
		}
		w->at++;
		m->status++;
	}
	if (m->status >= HTTP2_HEAD)
		http2_begin_payload(m, w);
}

/* Passes the payload's bytes in the segment. If a skipped payload ends its message, an empty piece carries the time. */
static __always_inline void http2_skip_payload(struct http_message *m, struct http2_walk *w)
{
	__u64 here = w->end - w->at;

	if (here > m->left)
		here = m->left;
	m->left -= here;
	w->at += here;
	if (!(m->notes & HTTP2_SKIPS_PAYLOAD))
		return;
	w->from = w->until = w->at;
	w->is_due = !m->left && m->notes & HTTP2_ENDS_MESSAGE;
}

/* Sends the end flags, if any, in an empty piece; 1: there is nothing left to send. */
static __always_inline long http2_end_segment(struct http2_walk *w)
{
	if (!w->end_flags)
		return 1;
	w->head.flags |= w->end_flags;
	w->end_flags = 0;
	w->is_due = 1;
	return 0;
}

/* One step of the segment; 1 at its end. */
static __always_inline long http2_step(const struct http2_loop *loop, __u8 hook)
{
	struct http2_walk *w = loop->w;

	if (w->until > w->from) {
		http2_send_next(loop, hook);
		return 0;
	}
	if (w->is_due) {
		http2_send_empty();
		return 0;
	}
	if (w->at >= w->end)
		return http2_end_segment(w);
	if (loop->m->left)
		http2_skip_payload(loop->m, w);
	else
		http2_read_head(loop, hook);
	if (w->at >= w->end)
		w->until = w->at;
	return 0;
}

static long http2_step_xdp(__u32 i, struct http2_loop *loop)
{
	(void)i;
	return http2_step(loop, EBPFI_HOOK_XDP);
}

static long http2_step_skb(__u32 i, struct http2_loop *loop)
{
	(void)i;
	return http2_step(loop, EBPFI_HOOK_TC);
}

/* Between http2_enter() and http2_leave(). */
static __always_inline __u32 http2_read(const struct pkt *p)
{
	struct http2_loop loop = { .bytes = pkt_bytes_of(p), .w = frames_of_cpu() };
	struct http_reading *r = reading_of_cpu();

	if (!loop.w || !r)
		return 0;
	loop.m = &r->m;
	if (is_xdp(p->hook))
		bpf_loop(HTTP2_STEPS_MAX, http2_step_xdp, &loop, 0);
	else
		bpf_loop(HTTP2_STEPS_MAX, http2_step_skb, &loop, 0);
	return 0;
}

PACKET_FUNCTION(http2_read)

/* Ends both directions without a segment. */
static __always_inline void http2_abort(const struct http_loop *loop)
{
	struct http2_walk *w = frames_of_cpu();

	if (!w)
		return;
	loop->w->range = (struct http_range){ 0 };
	loop->r->walk.at = loop->r->walk.end = 0;
	http2_enter(loop->side, loop->c->id, 0);
	w->head.flags |= HTTP2_CLOSED | HTTP2_GONE;
	w->head.flags |= loop->e->tcp_flags & TCP_RST ? HTTP2_ABORTED : HTTP2_REPLACED;
	http2_send_empty();
}
