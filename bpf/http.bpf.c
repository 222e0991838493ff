/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The inspector `http`: HTTP/1.x messages, cut into segments in any way; the library gets the bytes of HTTP/2. Its ledger counts events,
 * not packets. It only observes.
 */
#include "filtered.h"
#include "http/connections.h"
#include "http/event.h"
#include "http/stop.h"
#include "parse/tunnel.h"

enum {
	PASSES_MAX = 1 << 20, /* stops per segment: at least a byte is between two, and a super-packet is smaller */
};

/* 1: HTTP/1 has read all it can of the segment. */
static __always_inline int handle_stop(const struct http_loop *loop, int stop, __u8 hook)
{
	set_event_kind(loop, 0);
	set_stop(loop, stop);
	on_stop(loop, hook);
	emit_event(loop);
	return finish_stop(loop);
}

/* Handles the end of a direction without a segment. */
static __always_inline void handle_close(const struct http_loop *loop)
{
	set_event_kind(loop, 0);
	set_stop(loop, on_close(loop));
	emit_event(loop);
	finish_stop(loop);
}

/* Reads to the next stop; 1 at the segment's end. */
static __always_inline long take_pass(struct http_loop *loop, __u8 hook)
{
	int stop = http_next_stop(loop->r, &loop->w->range, &loop->bytes, hook);

	return (stop == HTTP_DONE && !loop->w->closing) || handle_stop(loop, stop, hook) ||
	       (!loop->w->closing && http_range_is_read(loop->r, &loop->w->range));
}

static long pass_xdp(__u32 i, struct http_loop *loop)
{
	(void)i;
	return take_pass(loop, EBPFI_HOOK_XDP);
}

static long pass_skb(__u32 i, struct http_loop *loop)
{
	(void)i;
	return take_pass(loop, EBPFI_HOOK_TC);
}

static __always_inline void take_passes(struct http_loop *loop, __u8 hook)
{
	if (is_xdp(hook))
		bpf_loop(PASSES_MAX, pass_xdp, loop, 0);
	else
		bpf_loop(PASSES_MAX, pass_skb, loop, 0);
}

/* Sets the bytes to read, and the missing bytes: not seen, or not captured. */
static __always_inline void set_range(const struct http_loop *loop, __u32 size)
{
	struct http_range *range = &loop->w->range;
	__u32 there = loop->bytes.len, end = loop->e->payload_offset + size;

	range->at = loop->e->payload_offset + loop->w->tcp.skip;
	range->end = end < there ? end : there > range->at ? there : range->at;
	range->before = loop->w->tcp.missing;
	range->behind = end - range->end;
	loop->r->walk.at = loop->r->walk.end = 0;
	/* For all events of the segment: reading the clock costs as much as walking ten bytes. */
	loop->r->walk.now = now_ns();
}

/* Begins a stream whose start was not seen. */
static __always_inline void begin_midstream(const struct http_loop *loop, __u32 seq)
{
	struct http_side *side = loop->side;
	int response = http_is_response(&side->m, side->role), joined = http2_is_joined(&side->m);

	http_begin_side(side, seq, side->role);
	if (joined)
		http2_join(side);
	side->joined = 1;
	side->stream_anomalies |= 1U << EBPFI_HTTP_MIDSTREAM;
	loop->w->first_seq = seq;
	if (proves_pairing(loop))
		http_prove_pairing(loop->c);
	else
		http_lose_pairing(loop->c, response);
}

/*
 * A segment in the middle of a stream may begin with the rest of a body. A line that is odd and has no version is not held for HTTP there,
 * and the next segment may begin a message.
 */
static __always_inline void drop_doubtful_line(const struct http_loop *loop)
{
	struct http_message *m = &loop->r->m;

	if (loop->side->recognised || !(loop->side->stream_anomalies & HTTP_UNSURE) || http_has(m, HTTP_HAS_VERSION) ||
	    !(m->anomalies >> EBPFI_HTTP_BAD_LINE & 1))
		return;
	http_reset_message(m);
	m->state = HTTP_BROKEN;
}

/* After unreadable bytes, the next message may begin at the start of a segment. 1: the rest of the segment is not HTTP/1. */
static __always_inline int read_http1(struct http_loop *loop, __u8 hook)
{
	struct http_side *side = loop->side;

	http_load_message(loop);
	if (loop->r->m.state == HTTP_BROKEN)
		resync(loop);
	if (is_in_tunnel(loop))
		loop->r->m.state = HTTP_TUNNEL;
	if (loop->e->flags & EBPFI_PACKET_FRAGMENT)
		side->stream_anomalies |= 1U << EBPFI_HTTP_FRAGMENT;
	take_passes(loop, hook);
	drop_doubtful_line(loop);
	http_store_message(loop);
	return side->m.state == HTTP_H2 || side->m.state == HTTP_TUNNEL;
}

static __always_inline void read_http2(const struct http_loop *loop, __u8 hook)
{
	const struct pkt p = { .ctx = loop->bytes.ctx, .base = loop->bytes.base, .len = loop->bytes.len, .hook = hook };
	__u32 ends = 0;

	if (loop->w->closing == HTTP_CLOSED && !loop->side->tcp.closed)
		ends = loop->other->tcp.closed ? HTTP2_CLOSED | HTTP2_GONE : HTTP2_CLOSED;
	http2_enter(loop->side, loop->c->id, ends);
	call_http2_read(&p);
	http2_leave(loop->side);
}

static __always_inline void read_segment(struct http_loop *loop, __u8 hook, __u32 seq, __u32 size)
{
	struct http_side *side = loop->side;
	struct http_work *w = loop->w;

	if (tcp_is_elsewhere(&side->tcp, seq))
		begin_midstream(loop, seq);
	if (!tcp_take_segment(&w->tcp, &side->tcp, seq, size, loop->e->tcp_flags & TCP_FIN))
		return;
	w->first_seq = seq + w->tcp.skip;
	w->closing = w->tcp.is_last ? HTTP_CLOSED : HTTP_OPEN;
	if (loop->c->tunnel == HTTP_OTHER || (!loop->c->tunnel && side->m.state == HTTP_TUNNEL))
		return;
	set_range(loop, size);
	if (!loop->c->tunnel && !read_http1(loop, hook))
		return;
	if (loop->c->tunnel == HTTP_TWO)
		read_http2(loop, hook);
}

static __always_inline int is_tcp(const struct ebpfi_packet *e)
{
	return e->ip_proto == PROTO_TCP && e->flags & EBPFI_PACKET_PORTS && e->payload_offset &&
	       !(e->flags & EBPFI_PACKET_TRUNCATED);
}

/* Turns the work and the packet's addresses to the other direction. */
static __always_inline void switch_to_peer(struct http_loop *loop)
{
	struct ebpfi_packet *e = loop->e;
	__u16 port = e->src_port;
	__u8 address[16];

	__builtin_memcpy(address, e->src, 16);
	__builtin_memcpy(e->src, e->dst, 16);
	__builtin_memcpy(e->dst, address, 16);
	e->src_port = e->dst_port;
	e->dst_port = port;
	loop->w->tcp.stream.direction ^= 1;
	set_sides(loop);
}

/* Ends the message of the work's direction, then switches to the other direction. A global function: inlined twice, its paths would multiply. */
GLOBAL_FUNCTION __u32 http_abort_side(void)
{
	struct http_loop loop = { .e = 0, .r = reading_of_cpu(), .w = work_of_cpu() };
	struct decode *d = decoded_of_cpu();

	if (!d || !loop.r || !loop.w)
		return 0;
	loop.c = bpf_map_lookup_elem(&connections, &loop.w->tcp.stream.key);
	if (!loop.c)
		return 0;
	loop.e = &d->event;
	set_sides(&loop);
	http_load_message(&loop);
	loop.w->closing = HTTP_ABORTED;
	if (!loop.c->tunnel && loop.r->m.state != HTTP_TUNNEL)
		handle_close(&loop);
	http_store_message(&loop);
	switch_to_peer(&loop);
	return 0;
}

static __always_inline __u32 abort_reason(const struct http_loop *loop)
{
	if (!(loop->e->tcp_flags & TCP_RST))
		return EBPFI_HTTP_REASON_REPLACED;
	return loop->side->role == HTTP_RESPONSE ? EBPFI_HTTP_REASON_SERVER_RESET : EBPFI_HTTP_REASON_CLIENT_RESET;
}

/* Ends a connection: after a RST, or because its ports open another one. */
GLOBAL_FUNCTION __u32 http_abort(void)
{
	struct http_loop loop = { .e = 0, .r = reading_of_cpu(), .w = work_of_cpu() };
	struct decode *d = decoded_of_cpu();
	__u32 aborted, reason;

	if (!d || !loop.r || !loop.w)
		return 0;
	loop.c = bpf_map_lookup_elem(&connections, &loop.w->tcp.stream.key);
	if (!loop.c || !tcp_ends_connection(&loop.w->tcp, &d->event))
		return 0;
	loop.e = &d->event;
	set_sides(&loop);
	aborted = d->event.tcp_flags & TCP_RST || !loop.side->tcp.ended;
	reason = abort_reason(&loop);
	loop.r->walk.now = now_ns();
	if (loop.c->tunnel == HTTP_TWO)
		http2_abort(&loop);
	http_abort_side();
	http_abort_side();
	http_give_up(loop.c, loop.c->pushed, reason);
	forget_connection(loop.w, loop.c, aborted);
	return 0;
}

static __always_inline void inspect_segment(struct http_loop *loop, __u8 hook)
{
	const struct ebpfi_packet *e = loop->e;
	struct http_connection *c = loop->c;
	__u32 seq = tcp_first_byte(e);

	if (e->tcp_flags & TCP_SYN && !loop->side->tcp.known)
		http_begin_side(loop->side, seq, loop->side->role);
	if (e->payload_len || e->tcp_flags & TCP_FIN) {
		tcp_lock(&loop->side->tcp);
		read_segment(loop, hook, seq, e->payload_len);
		tcp_unlock(&loop->side->tcp);
	}
	if (!(e->tcp_flags & TCP_FIN))
		return;
	loop->side->tcp.closed = 1;
	if (loop->side->role == HTTP_RESPONSE)
		http_give_up(c, c->pushed, EBPFI_HTTP_REASON_CLOSED);
	if (!c->side[0].tcp.closed || !c->side[1].tcp.closed)
		return;
	http_give_up(c, c->pushed, EBPFI_HTTP_REASON_CLOSED);
	forget_connection(loop->w, c, 0);
}

static __always_inline void inspect_tcp(struct http_loop *loop, __u8 hook)
{
	const struct ebpfi_packet *e = loop->e;
	struct http_connection *c;

	tcp_set_key(&loop->w->tcp, e);
	if (e->tcp_flags & (TCP_SYN | TCP_RST))
		http_abort();
	if (e->tcp_flags & TCP_RST)
		return;
	if (e->tcp_flags & TCP_SYN)
		tcp_remember_syn(&loop->w->tcp, e);
	c = bpf_map_lookup_elem(&connections, &loop->w->tcp.stream.key);
	if (!c) {
		if (!e->payload_len || !may_begin(loop, hook))
			return;
		make_connection(loop->w);
		c = bpf_map_lookup_elem(&connections, &loop->w->tcp.stream.key);
		if (!c)
			return;
		loop->c = c;
		set_sides(loop);
		begin_connection(loop, hook);
	}
	loop->c = c;
	set_sides(loop);
	inspect_segment(loop, hook);
}

static __always_inline void set_event(const struct pkt *p, struct ebpfi_packet *e)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->event.hook = p->hook;
	e->event.direction = p->direction;
	e->event.ifindex = p->ifindex;
}

static __always_inline int http_inspect(struct pkt *p)
{
	struct ebpfi_ledger *l = ledger_of_cpu();
	struct decode *d = decoded_of_cpu();
	struct http_loop loop = { .r = reading_of_cpu(), .w = work_of_cpu() };

	if (!d || !l || !loop.r || !loop.w)
		return EBPFI_VERDICT_PASS;
	if (filtered_out(p)) {
		count_filtered(l);
		return EBPFI_VERDICT_PASS;
	}
	if (tunnels)
		enter_tunnel(p);
	set_event(p, &d->event);
	call_decode_packet(p);
	if (p->vlan_proto && d->event.payload_offset) /* loads do not count the offloaded tag */
		d->event.payload_offset -= 4;
	if (!is_tcp(&d->event))
		return EBPFI_VERDICT_PASS;
	loop.bytes = pkt_bytes_of(p);
	loop.e = &d->event;
	inspect_tcp(&loop, p->hook);
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(http, XDP, TC, TC_EGRESS, SOCKET);
