/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * TCP for inspectors of byte streams: finds a segment's connection, its direction, and the bytes to read. It does not depend on the
 * protocol above. An inspector has a map of connections by struct tcp_key, whose entries embed a struct tcp_direction for each end, and a
 * struct tcp_segment in its scratch memory.
 */
#pragma once

#include "maps.h"
#include "parse/packet.h"
#include "tcp_direction.h"

enum {
	/* A segment further back is not a retransmission. It belongs to a later connection on the same ports, whose SYN was not seen. */
	TCP_BACK_MAX = 64 << 20,
	TCP_STARTS = 65536,
	TCP_LOCK_TRIES =
		1
		<< 12, /* some tens of microseconds; then the segment is read without the lock, which is better than to skip it */
};

/*
 * The next byte of each direction, for a connection without an entry: only its handshake was seen, or it has ended. A flood of SYNs
 * evicts these entries, not the inspector's connections.
 */
struct tcp_start {
	__u32 next[TCP_DIRECTIONS];
	__u32 known[TCP_DIRECTIONS];
	__u32 aborted; /* a RST or SYN ended the connection here, but maybe not at the receiver */
	__u32 client;  /* 1 plus the index of the end that sent the SYN; 0: unknown */
};
MAP(tcp_starts, LRU_HASH, struct tcp_key, struct tcp_start, TCP_STARTS);

/* The current segment. It is in a map for the same reason as struct decode. */
struct tcp_segment {
	struct tcp_stream stream;
	__u32 skip;             /* how many of its first bytes were read before */
	__u32 missing;          /* bytes missing before its first new byte */
	__u32 is_last;          /* the direction ends with it */
	struct tcp_start start; /* to be written into the map */
};

/*
 * The index of the segment's direction. Read it from memory each time: without CAP_PERFMON, the verifier requires that an offset into a
 * map has the same range on all paths.
 */
static __always_inline __u32 tcp_index(const struct tcp_segment *s)
{
	__u32 direction = READ_ONCE(s->stream.direction);

	barrier_var(direction);
	return direction & 1;
}

static __always_inline void tcp_set_key(struct tcp_segment *s, const struct ebpfi_packet *e)
{
	__u32 from, to;

	s->stream.direction = tcp_is_first(e->src, e->dst, e->src_port, e->dst_port) ? 0 : 1;
	from = tcp_index(s);
	to = from ^ 1;
	__builtin_memcpy(s->stream.key.address[from], e->src, 16);
	__builtin_memcpy(s->stream.key.address[to], e->dst, 16);
	s->stream.key.port[from] = e->src_port;
	s->stream.key.port[to] = e->dst_port;
}

/* The SYN was seen before: it was retransmitted, or it passed two hooks. */
static __always_inline int tcp_is_repeated_syn(const struct tcp_segment *s, const struct ebpfi_packet *e)
{
	const struct tcp_start *there = bpf_map_lookup_elem(&tcp_starts, &s->stream.key);

	return there && there->known[tcp_index(s)] && there->next[tcp_index(s)] == e->tcp_seq + 1;
}

/* A SYN without ACK: remember an abort until the other end answers. */
static __always_inline void tcp_remember_only_syn(struct tcp_segment *s)
{
	const struct tcp_start *before = bpf_map_lookup_elem(&tcp_starts, &s->stream.key);

	__builtin_memset(&s->start, 0, sizeof(s->start));
	if (before)
		s->start.aborted = before->aborted;
	s->start.client = 1 + tcp_index(s);
	bpf_map_update_elem(&tcp_starts, &s->stream.key, &s->start, BPF_ANY);
}

/*
 * A receiver answers a SYN within a connection by a plain ACK (RFC 5961 4). So a SYN-ACK that acknowledges the SYN proves a new
 * connection, unless this end's own number is already known.
 */
static __always_inline int tcp_answers_syn(const struct tcp_segment *s, const struct tcp_start *there,
					   const struct ebpfi_packet *e)
{
	__u32 from = tcp_index(s), to = from ^ 1;

	return e->tcp_flags & TCP_ACK && !there->known[from] && there->known[to] && there->next[to] == e->tcp_ack;
}

static __always_inline void tcp_remember_syn(struct tcp_segment *s, const struct ebpfi_packet *e)
{
	struct tcp_start *there;

	if (tcp_is_repeated_syn(s, e))
		return;
	if (!(e->tcp_flags & TCP_ACK))
		tcp_remember_only_syn(s);
	there = bpf_map_lookup_elem(&tcp_starts, &s->stream.key);
	if (!there)
		return;
	if (tcp_answers_syn(s, there, e))
		there->aborted = 0;
	there->next[tcp_index(s)] = e->tcp_seq + 1;
	there->known[tcp_index(s)] = 1;
}

/* Keeps the positions of a connection that has ended, so that a retransmission is not read again. */
static __always_inline void tcp_remember_end(struct tcp_segment *s, const struct tcp_direction *first,
					     const struct tcp_direction *second, __u32 aborted)
{
	s->start.next[0] = first->next;
	s->start.next[1] = second->next;
	s->start.known[0] = first->known;
	s->start.known[1] = second->known;
	s->start.aborted = aborted;
	s->start.client = 0;
	bpf_map_update_elem(&tcp_starts, &s->stream.key, &s->start, BPF_ANY);
}

/* A RST, or a SYN that opens another connection on the same ports. */
static __always_inline int tcp_ends_connection(const struct tcp_segment *s, const struct ebpfi_packet *e)
{
	return e->tcp_flags & TCP_RST || ((e->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !tcp_is_repeated_syn(s, e));
}

/* The sequence number of the segment's first byte. A SYN takes one number. */
static __always_inline __u32 tcp_first_byte(const struct ebpfi_packet *e)
{
	return e->tcp_seq + (e->tcp_flags & TCP_SYN ? 1 : 0);
}

static __always_inline void tcp_begin(struct tcp_direction *d, __u32 next)
{
	d->next = next;
	d->known = 1;
	d->closed = 0;
	d->ended = 0;
}

/* The stream is unknown, or the segment belongs to another one: the caller begins a stream here. */
static __always_inline int tcp_is_elsewhere(const struct tcp_direction *d, __u32 seq)
{
	return !d->known || (__s32)(seq - d->next) < -TCP_BACK_MAX;
}

/*
 * The only place that decides which bytes of a segment are read: those from `next` on. Earlier bytes are a retransmission, even if they
 * differ. 0: there is nothing to read, and the direction does not end.
 */
static __always_inline int tcp_take_segment(struct tcp_segment *s, struct tcp_direction *d, __u32 seq, __u32 size, __u32 fin)
{
	__u32 behind = d->next - seq, skip = 0;

	if ((__s32)behind > 0)
		skip = behind < size ? behind : size;
	s->skip = skip;
	s->is_last = fin && (__s32)(seq + size - d->next) >= 0;
	if (skip == size && !s->is_last)
		return 0;
	s->missing = seq + skip - d->next;
	d->ended |= s->is_last && !s->missing;
	d->next = seq + size;
	return 1;
}

struct tcp_lock {
	struct tcp_direction *direction;
};

static long tcp_try_lock(__u32 i, struct tcp_lock *l)
{
	(void)i;
	(void)l; /* unused in the native build */
	return trylock(l->direction->lock);
}

/* A sender that moves to another CPU can have two segments in flight at once, for example on a veth: one must wait. */
static __always_inline void tcp_lock(struct tcp_direction *d)
{
	struct tcp_lock l = { d };

	if (!trylock(d->lock))
		bpf_loop(TCP_LOCK_TRIES, tcp_try_lock, &l, 0);
}

static __always_inline void tcp_unlock(struct tcp_direction *d)
{
	(void)d;
	unlock(d->lock);
}
