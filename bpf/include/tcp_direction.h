/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A TCP connection as a key, and what is known of each direction. */
#pragma once

#include "world.h"

enum {
	TCP_DIRECTIONS = 2,
	TCP_FIN = 1, /* flags of a segment (RFC 9293 3.1) */
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

/* The order of the ends depends on addresses and ports alone, so that both directions find the same entry. */
struct tcp_key {
	__u8 address[TCP_DIRECTIONS][16];
	__u16 port[TCP_DIRECTIONS];
};

/* Orders the two ends, in the same way for both directions. */
static __always_inline int tcp_is_first(const __u8 *a, const __u8 *b, __u16 a_port, __u16 b_port)
{
	if (load64(a) != load64(b))
		return load64(a) < load64(b);
	if (load64(a + 8) != load64(b + 8))
		return load64(a + 8) < load64(b + 8);
	return a_port <= b_port;
}

/* One direction of a connection, as a key. */
struct tcp_stream {
	struct tcp_key key;
	__u32 direction; /* its index */
};

/* The bytes that one end sends. */
struct tcp_direction {
	__u32 next;  /* sequence number of the next byte to read */
	__u32 lock;  /* a CPU reads a segment of this direction */
	__u8 known;  /* `next` is valid */
	__u8 closed; /* a FIN was seen */
	__u8 ended;  /* ... and no byte was missing before it: the receiver accepts no more */
};
