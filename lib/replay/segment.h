/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The TCP segment of a frame, as the inspectors' own parsers read it. */
#pragma once

#include <stdbool.h>

#include "capture.h"
#include "tcp_direction.h"

struct segment {
	struct tcp_key key;
	uint32_t direction;  /* index of its sender in the key */
	uint32_t first, end; /* sequence numbers of its first byte and of the one after its last; SYN and FIN take one each */
	uint32_t ack;
	uint8_t flags;
	bool fragment; /* the first fragment: its other bytes are not seen */
};

/* Both belong to one connection. An earlier segment of its direction, or one that it acknowledges, precedes a segment. */
static inline bool segment_precedes(const struct segment *a, const struct segment *b)
{
	return a->direction == b->direction ? (int32_t)(a->first - b->first) < 0
					    : b->flags & TCP_ACK && (int32_t)(b->ack - a->end) >= 0;
}

/*
 * False: not TCP, not wholly readable, or nothing to read, as in a plain ACK. `tunnels`: read the packets inside VXLAN and Geneve, as
 * inspectors with that option do.
 */
bool segment_read(const struct frame *frame, bool tunnels, struct segment *segment);
