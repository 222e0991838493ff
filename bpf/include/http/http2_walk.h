/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * HTTP/2 in the kernel: no more than the headers of frames, to leave out the payloads of DATA. The direction's struct http_message
 * holds what there is to know: `left` bytes of the frame's payload are still to come, `status` bytes of its header were read, into
 * `number`, `body_bytes` is the position of the next byte to read.
 */
#pragma once

#include "emit.h"
#include "http/http2_format.h"
#include "http/http2_piece.h"
#include "http/work.h"

enum {
	HTTP2_LEAD = 5,            /* bytes of a frame's header that matter here: length, type, flags */
	HTTP2_STEPS_MAX = 1 << 17, /* of a segment: each but a few has at least a byte, and hands at most one piece over */
};

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
	__u32 ends; /* flags of a last, empty piece */
	__u32 told; /* a piece is due even if it is empty */
	struct http2_piece head;
	__u8 byte;
};

SCRATCH(frames, struct http2_walk);

/* Whether there is somebody who reads it. */
GLOBAL_FUNCTION __u32 http2_is_read(void)
{
	KEY(__u32, only, 0);
	const struct http_table *t = bpf_map_lookup_elem(&http_table, &only);

	return t ? t->http2 : 0;
}

/* From here on a direction is HTTP/2; `position` is what was read of it as HTTP/1, part of the client's preface. */
static __always_inline void http2_begin(struct http_message *m, int client, __u32 position)
{
	http_forget(m);
	m->number = 0;
	m->state = HTTP_H2;
	m->body_bytes = position;
	if (client)
		m->left = HTTP2_PREFACE - position;
}

/* The 101 that answers "Upgrade: h2c" (RFC 7540 3.2), where there is somebody who reads on. */
GLOBAL_FUNCTION __u32 http2_is_upgrade(void)
{
	struct http_reading *r = reading_of_cpu();
	const __u8 *t;

	if (!r || !http2_is_read())
		return 0;
	t = r->text.at + ebpfi_http_base(EBPFI_HTTP_UPGRADE);
	return r->m.status == 101 && r->m.used[EBPFI_HTTP_UPGRADE] == 3 && t[0] == 'h' && t[1] == '2' && t[2] == 'c';
}

/* How far it is to the next frame if what is being read begins with one; 0: it does not. */
GLOBAL_FUNCTION __u32 http2_frame_size(void)
{
	struct http_reading *r = reading_of_cpu();

	return r && http2_is_frame(r->walk.bytes) ? HTTP2_HEAD + http2_length(r->walk.bytes) : 0;
}

/*
 * Whether a segment whose first byte is that of no HTTP/1 message is in the middle of HTTP/2, whose preface was not seen: two frames'
 * headers where they should be, or one whose frame ends with the segment. With SETTINGS a connection begins.
 */
static __always_inline int http2_is_underway(const struct http_loop *loop, __u8 hook)
{
	struct http_walk *walk = &loop->r->walk;
	__u32 begin = loop->w->range.at - walk->end, size;

	if (loop->side->sure || http_begun(&loop->r->m) || begin != loop->e->payload_offset || walk->end < HTTP2_HEAD)
		return 0;
	size = http2_frame_size();
	if (!size || walk->bytes[3] == HTTP2_SETTINGS)
		return 0;
	if (begin + size == loop->w->range.end)
		return 1;
	return begin + size + HTTP2_HEAD <= loop->w->range.end &&
	       !pkt_load_at(&loop->bytes, hook, begin + size, walk->bytes, HTTP2_HEAD) && http2_frame_size();
}

/* A gap within a payload is bytes that are missing; anywhere else the frames are lost, and everything is handed over from then on. */
static __always_inline void http2_gap(struct http_message *m, __u32 missing)
{
	if (!missing)
		return;
	m->body_bytes += missing;
	m->notes |= HTTP2_MISSES;
	if (m->left >= missing) {
		m->left -= missing;
		return;
	}
	m->left = ~0ULL;
	m->notes &= ~HTTP2_LEAVES_OUT;
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

/*
 * A segment, or what of it is HTTP/2, from the work; `ends` says what its end is the end of. A direction of which nothing was read as
 * HTTP/2 yet begins to be here.
 */
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
	http2_gap(m, segment->range.before);
	w->from = w->until = w->at =
		segment->range.at - (r->walk.end - r->walk.at); /* what was loaded, and not read as HTTP/1 */
	w->end = segment->range.end;
	w->base = m->body_bytes - w->at;
	w->ends = ends;
	w->told = 0;
	http2_set_head(&w->head, &d->event);
	w->head.event.time_ns = r->walk.now;
	w->head.connection = connection;
	w->head.flags = side->role == HTTP_REQUEST ? HTTP2_TO_SERVER : 0;
	if (m->notes & HTTP2_MISSES)
		w->head.flags |= HTTP2_GAP;
	m->notes &= ~HTTP2_MISSES;
	m->body_bytes += w->end - w->at;
	return 0;
}

GLOBAL_FUNCTION __u32 http2_leave(struct http_side *side)
{
	struct http_reading *r = reading_of_cpu();
	struct http_work *segment = work_of_cpu();

	if (!side || !r || !segment)
		return 0;
	http2_gap(&r->m, segment->range.behind);
	side->m = r->m;
	return 0;
}

/* No piece is read on behind one for which there was no room: what is missing is told by the position of the next. */
GLOBAL_FUNCTION __u32 http2_lose(void)
{
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (!l)
		return 0;
	bump(&l->seen);
	bump(&l->lost_ring);
	return 0;
}

/* A piece without bytes. */
GLOBAL_FUNCTION __u32 http2_tell(void)
{
	struct http2_walk *w = frames_of_cpu();
	struct http2_piece *piece;

	if (!w)
		return 0;
	w->told = 0;
	w->head.position = w->base + w->from;
	w->head.size = 0;
	w->head.event.len = sizeof(*piece);
	piece = bpf_ringbuf_reserve(&events, sizeof(*piece), 0);
	if (!piece)
		return http2_lose();
	__builtin_memcpy(piece, &w->head, sizeof(*piece));
	bpf_ringbuf_submit(piece, wake_flags(w->head.event.time_ns));
	w->head.flags &= HTTP2_TO_SERVER;
	return 0;
}

struct http2_loop {
	struct pkt_bytes bytes;
	struct http2_walk *w;
	struct http_message *m;
};

/* Whole for each room there is: were a pointer that may be none tested behind a joint, older kernels would want CAP_PERFMON. */
static __always_inline void http2_put(const struct http2_loop *loop, __u8 hook, __u32 room)
{
	struct http2_piece *piece = bpf_ringbuf_reserve(&events, sizeof(*piece) + room, 0);
	struct http2_walk *w = loop->w;
	__u32 size;

	if (!piece) {
		http2_lose();
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
	w->head.flags &= HTTP2_TO_SERVER;
}

/* Hands over what is due, a piece at a time. */
static __always_inline void http2_hand_over(const struct http2_loop *loop, __u8 hook)
{
	struct http2_walk *w = loop->w;
	__u32 size = w->until - w->from;

	if (size > HTTP2_PIECE_MAX)
		size = HTTP2_PIECE_MAX;
	w->head.position = w->base + w->from;
	w->head.size = size;
	w->head.event.len = sizeof(w->head) + size;
	if (size <= 64)
		http2_put(loop, hook, 64);
	else if (size <= 512)
		http2_put(loop, hook, 512);
	else
		http2_put(loop, hook, HTTP2_PIECE_MAX);
	w->from += w->head.size;
	w->told = 0;
}

/* The header is complete: is its payload of interest? */
static __always_inline void http2_head(struct http_message *m, struct http2_walk *w)
{
	__u32 length = m->number >> 16, type = m->number >> 8 & 0xff, flags = m->number & 0xff;

	m->status = 0;
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

/* At the segment's end; 1: there is nothing more to tell of it. */
static __always_inline long http2_finish(struct http2_walk *w)
{
	if (!w->ends)
		return 1;
	w->head.flags |= w->ends;
	w->ends = 0;
	w->told = 1;
	return 0;
}

/* One turn of the segment; 1 at its end. */
static __always_inline long http2_step(const struct http2_loop *loop, __u8 hook)
{
	struct http2_walk *w = loop->w;

	if (w->until > w->from) {
		http2_hand_over(loop, hook);
		return 0;
	}
	if (w->told) {
		http2_tell();
		return 0;
	}
	if (w->at >= w->end)
		return http2_finish(w);
	if (loop->m->left)
		http2_pass(loop->m, w);
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

/* The end of both directions, without a segment: work says of none. */
static __always_inline void http2_abort(const struct http_loop *loop)
{
	struct http2_walk *w = frames_of_cpu();

	if (!w)
		return;
	loop->w->range = (struct http_range){ 0 };
	loop->r->walk.at = loop->r->walk.end = 0;
	http2_enter(loop->side, loop->c->id, 0);
	w->head.flags |= HTTP2_CLOSED | HTTP2_GONE;
	http2_tell();
}
