/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The state of a connection between two segments, which the library reads at the end. */
#pragma once

#include "http/record.h"
#include "http/state_machine.h"
#include "tcp_direction.h"

enum {
	HTTP_IN_FLIGHT = 32, /* requests that may wait for their response; a power of two */
};

/* One direction. */
struct http_side {
	struct http_message m;
	__u8 text[HTTP_SHORT]
		__attribute__((aligned(8))); /* the beginning of the message's text; see http/resume.h for the rest */
	struct tcp_direction tcp;
	__u8 recognised;        /* HTTP was recognised; before that, unreadable bytes are another protocol */
	__u8 joined;            /* its beginning was not seen */
	__u8 role;              /* HTTP_REQUEST, HTTP_RESPONSE, or HTTP_ANY if unknown */
	__u32 stream_anomalies; /* anomalies that the next message will carry */
};

/* The protocol that replaced HTTP/1. */
enum http_tunnel { HTTP_NONE, HTTP_OTHER, HTTP_TWO };

struct http_pending {
	__u64 time_ns; /* of the request's first byte */
	__u64 body_bytes;
	__u64 anomalies;
	__u32 number;
	__u8 kind;
	__u8 major, minor;
};

/*
 * Each direction writes its own side, on any CPU. The client's direction writes `pushed` and `pending`, the server's `popped`: each has
 * one writer, so they need no lock. After lost messages, the request of a response is unknown: `pairing_lost` is set until a request
 * arrives whose ACK proves that no response is outstanding.
 */
struct http_connection {
	struct http_side side[TCP_DIRECTIONS];
	__u64 id;
	__u32 pushed, popped;
	__u32 pairing_lost, paired_until; /* `paired_until`: the last request whose response can still be paired */
	__u32 acked;                      /* the ACK of the segment that completed the last request's head */
	__u8 pipelined;
	__u8 tunnel; /* enum http_tunnel: both directions have left HTTP/1 */
	struct http_pending pending[HTTP_IN_FLIGHT];
};

static __always_inline struct http_pending *http_pending_at(struct http_connection *c, __u32 number)
{
	return &c->pending[number & (HTTP_IN_FLIGHT - 1)];
}

/* Whether the next response can be paired with the oldest waiting request. */
static __always_inline int http_is_paired(struct http_connection *c)
{
	const struct http_pending *pending = http_pending_at(c, c->popped + 1);

	return pending->number == c->popped + 1 && (!c->pairing_lost || (__s32)(c->paired_until - pending->number) >= 0);
}
