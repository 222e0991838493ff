/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Connections, from the handshake or the first bytes to the end. */
#pragma once

#include "http/http2_walk.h"

static __always_inline void forget_connection(struct http_work *w, const struct http_connection *c, __u32 aborted)
{
	tcp_remember_end(&w->tcp, &c->side[0].tcp, &c->side[1].tcp, aborted);
	bpf_map_delete_elem(&connections, &w->tcp.stream.key);
}

/* As a bit mask, which is cheaper than a table: the first byte of a method (RFC 9110 5.6.2), or what servers let pass before it. */
static __always_inline int may_begin_message(__u8 first)
{
	const __u64 low = 1ULL << '\t' | 1ULL << '\n' | 1ULL << '\r' | 1ULL << ' ' | 1ULL << '!' | 0x1fULL << '#' |
			  3ULL << '*' | 3ULL << '-' | 0x3ffULL << '0';

	if (first < 64)
		return low >> (first & 63) & 1;
	first |= 0x20; /* ^ and ~ become one, like the letters; DEL is no token, but rare */
	return (first >= 'a' && first <= 'z') || first == '~' || first == '|' || first == '`' || first == 0x7f;
}

/* A message begins with a token, an HTTP/2 frame with a zero. A connection that begins otherwise gets no entry. */
static __always_inline int may_begin(const struct http_loop *loop, __u8 hook)
{
	__u8 first;

	if (pkt_load_at(&loop->bytes, hook, loop->e->payload_offset, &first, 1))
		return 0;
	if (!first)
		return !pkt_load_at(&loop->bytes, hook, loop->e->payload_offset, loop->r->walk.bytes, HTTP2_HEAD) &&
		       http2_frame_size();
	return may_begin_message(first);
}

/* The end that sent the SYN is the client, whatever it says. */
static __always_inline __u8 start_role(const struct tcp_start *start, __u32 side)
{
	__u32 client = start->client;

	return !client ? HTTP_ANY : client == 1 + side ? HTTP_REQUEST : HTTP_RESPONSE;
}

static __always_inline void use_start(struct http_work *w, struct http_connection *c)
{
	const struct tcp_start *start = bpf_map_lookup_elem(&tcp_starts, &w->tcp.stream.key);

	if (!start)
		return;
	if (start->known[0])
		http_begin_side(&c->side[0], start->next[0], start_role(start, 0));
	if (start->known[1])
		http_begin_side(&c->side[1], start->next[1], start_role(start, 1));
	if (!start->aborted)
		return;
	c->side[0].stream_anomalies = c->side[1].stream_anomalies = 1U << EBPFI_HTTP_MIDSTREAM;
	http_lose_pairing(c, 0);
}

/*
 * Another protocol has introduced HTTP (SOCKS, STARTTLS): its bytes had no entry, and none is missing. The other end's bytes are compared
 * with the request's ACK later.
 */
static __always_inline void begin_late(struct http_side *side, __u32 seq)
{
	if (!side->tcp.known || (__s32)(seq - side->tcp.next) <= 0)
		return;
	http_begin_side(side, seq, side->role);
	side->stream_anomalies |= 1U << EBPFI_HTTP_MIDSTREAM;
}

/* The size of a header of the PROXY protocol, version 2, at the start of the payload; 0: there is none. */
static __always_inline __u32 proxy_header_size(const struct http_loop *loop, __u8 hook)
{
	static const char signature[] = "\r\n\r\n\0\r\nQUIT\n";
	const __u8 *head = loop->r->walk.bytes;

	if (pkt_load_at(&loop->bytes, hook, loop->e->payload_offset, loop->r->walk.bytes, 16) ||
	    load64(head) != load64(signature) || load32(head + 8) != load32(signature + 8))
		return 0;
	return 16 + (head[14] << 8 | head[15]);
}

/* A connection that was made for this segment. */
static __always_inline void begin_connection(const struct http_loop *loop, __u8 hook)
{
	__u32 seq = tcp_first_byte(loop->e), size = proxy_header_size(loop, hook);

	begin_late(loop->side, seq);
	if (size)
		http_begin_side(loop->side, seq + size, loop->side->role);
}

/*
 * The caller looks the connection up. If a returned pointer were a constant 0 on one path, the verifier would also follow the branch that
 * a processor may mispredict; before Linux 6.17 it refuses that without CAP_PERFMON.
 */
static __always_inline void make_connection(struct http_work *w)
{
	KEY(__u32, only, 0);
	struct http_connection *c, *from = bpf_map_lookup_elem(&blank, &only);
	long err;

	if (!from)
		return;
	err = bpf_map_update_elem(&connections, &w->tcp.stream.key, from, BPF_NOEXIST);
	if (err == -EEXIST_OF_MAP) /* another CPU came first */
		return;
	if (err) {
		count_lost_map();
		return;
	}
	c = bpf_map_lookup_elem(&connections, &w->tcp.stream.key);
	if (!c)
		return;
	c->id = now_ns() ^ ((__u64)w->tcp.stream.key.port[0] << 48) ^ ((__u64)w->tcp.stream.key.port[1] << 32);
	use_start(w, c);
}
