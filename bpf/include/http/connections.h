/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Which connection a segment belongs to: from its handshake, or its first bytes, to its end. */
#pragma once

#include "http/http2_walk.h"

/* In any order that is the same for both directions. */
static __always_inline int is_first(const __u8 *a, const __u8 *b, __u16 a_port, __u16 b_port)
{
	if (load64(a) != load64(b))
		return load64(a) < load64(b);
	if (load64(a + 8) != load64(b + 8))
		return load64(a + 8) < load64(b + 8);
	return a_port <= b_port;
}

static __always_inline void set_key(struct http_work *w, const struct ebpfi_packet *e)
{
	__u32 mine, other;

	w->side = is_first(e->src, e->dst, e->src_port, e->dst_port) ? 0 : 1;
	mine = my_index(w);
	other = mine ^ 1;
	__builtin_memcpy(w->key.address[mine], e->src, 16);
	__builtin_memcpy(w->key.address[other], e->dst, 16);
	w->key.port[mine] = e->src_port;
	w->key.port[other] = e->dst_port;
}

/* A SYN that was seen before: a retransmission, or one that went past two hooks. */
static __always_inline int is_repeated(const struct http_work *w, const struct ebpfi_packet *e)
{
	const struct http_opening *there = bpf_map_lookup_elem(&openings, &w->key);

	return there && there->seen[my_index(w)] && there->next[my_index(w)] == e->tcp_seq + 1;
}

/* A handshake, of which both ends are noted. */
static __always_inline void on_syn(struct http_work *w, const struct ebpfi_packet *e)
{
	struct http_opening *there;

	if (is_repeated(w, e))
		return;
	__builtin_memset(&w->opening, 0, sizeof(w->opening));
	if (!(e->tcp_flags & TCP_ACK))
		bpf_map_update_elem(&openings, &w->key, &w->opening, BPF_ANY);
	there = bpf_map_lookup_elem(&openings, &w->key);
	if (!there)
		return;
	there->next[my_index(w)] = e->tcp_seq + 1;
	there->seen[my_index(w)] = 1;
}

/* A closed connection leaves behind how far it was read, so that what is sent again is not read again. */
static __always_inline void forget_connection(struct http_work *w, const struct http_connection *c)
{
	w->opening.next[0] = c->side[0].next;
	w->opening.next[1] = c->side[1].next;
	w->opening.seen[0] = c->side[0].known;
	w->opening.seen[1] = c->side[1].known;
	bpf_map_update_elem(&openings, &w->key, &w->opening, BPF_ANY);
	bpf_map_delete_elem(&connections, &w->key);
}

/* A message begins with a letter, a frame of HTTP/2 with a zero; what does not is not worth a connection's memory. */
static __always_inline int may_begin(const struct http_loop *loop, __u8 hook)
{
	__u8 first;

	if (pkt_load_at(&loop->bytes, hook, loop->e->payload_offset, &first, 1))
		return 0;
	if (!first)
		return !pkt_load_at(&loop->bytes, hook, loop->e->payload_offset, loop->r->walk.bytes, HTTP2_HEAD) &&
		       http2_frame_size();
	return (first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') || first == '\r' || first == '\n';
}

static __always_inline void use_opening(struct http_work *w, struct http_connection *c)
{
	const struct http_opening *opening = bpf_map_lookup_elem(&openings, &w->key);

	if (!opening)
		return;
	if (opening->seen[0])
		http_open(&c->side[0], opening->next[0], HTTP_ANY);
	if (opening->seen[1])
		http_open(&c->side[1], opening->next[1], HTTP_ANY);
}

/*
 * The caller looks the connection up: a pointer that is a constant 0 on one path is followed by the verifier as if the processor had
 * guessed wrong, and refused without CAP_PERFMON before Linux 6.17.
 */
static __always_inline void make_connection(struct http_work *w)
{
	KEY(__u32, only, 0);
	struct http_connection *c, *from = bpf_map_lookup_elem(&blank, &only);
	struct ebpfi_ledger *l = ledger_of_cpu();

	if (!from || !l)
		return;
	if (bpf_map_update_elem(&connections, &w->key, from, BPF_NOEXIST))
		bump(&l->lost_map);
	c = bpf_map_lookup_elem(&connections, &w->key);
	if (!c)
		return;
	c->id = now_ns() ^ ((__u64)w->key.port[0] << 48) ^ ((__u64)w->key.port[1] << 32);
	use_opening(w, c);
}
