/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "segment.h"

#include "world.h"

/*
 * The parsers, without a run of an inspector: their scratch memory is the thread's, and they have no knobs. `const` and noinline: the address
 * is looked up once per frame.
 */
#undef SCRATCH
#undef KNOB
#define SCRATCH(name, value_type)                                                                                              \
	static _Thread_local value_type name##_memory;                                                                         \
	static __attribute__((const, noinline)) value_type *name##_of_cpu(void)                                                \
	{                                                                                                                      \
		return &name##_memory;                                                                                         \
	}                                                                                                                      \
	struct name##_is_scratch
#define KNOB(type, name, initial) struct name##_is_no_knob
#include "parse/tunnel.h"

static const struct ebpfi_packet *decode(const struct frame *frame, bool tunnels)
{
	struct pkt p = { .ctx = (void *)frame->data, .len = frame->len, .wire_len = frame->wire_len, .link = frame->link };
	struct decode *d = decoded_of_cpu();

	if (tunnels)
		enter_tunnel(&p);
	memset(&d->event, 0, sizeof(d->event));
	decode_packet(&p);
	return &d->event;
}

/* A plain ACK carries no bytes, and half of all segments are plain ACKs. */
static bool has_bytes(const struct ebpfi_packet *e)
{
	return e->payload_len || e->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST);
}

static bool is_readable(const struct ebpfi_packet *e)
{
	return e->ip_proto == PROTO_TCP && e->flags & EBPFI_PACKET_PORTS && e->payload_offset &&
	       !(e->flags & EBPFI_PACKET_TRUNCATED);
}

bool segment_read(const struct frame *frame, bool tunnels, struct segment *s)
{
	const struct ebpfi_packet *e = decode(frame, tunnels);
	uint32_t from, to;

	if (!is_readable(e) || !has_bytes(e))
		return false;
	from = tcp_is_first(e->src, e->dst, e->src_port, e->dst_port) ? 0 : 1;
	to = from ^ 1;
	memcpy(s->key.address[from], e->src, 16);
	memcpy(s->key.address[to], e->dst, 16);
	s->key.port[from] = e->src_port;
	s->key.port[to] = e->dst_port;
	s->direction = from;
	s->first = e->tcp_seq;
	s->end = e->tcp_seq + e->payload_len + !!(e->tcp_flags & TCP_SYN) + !!(e->tcp_flags & TCP_FIN);
	s->ack = e->tcp_ack;
	s->flags = e->tcp_flags;
	s->fragment = e->flags & EBPFI_PACKET_FRAGMENT;
	return true;
}
