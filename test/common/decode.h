/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One frame through the inspector `packet` on this CPU. */
#pragma once

#include <ebpfinspect/event.h>

#include "frames.h"

struct decoded {
	struct ebpfi_packet packet;
	unsigned char data[65536]; /* what the event carried of the packet */
};

/* How a frame is captured; zero: whole, and the event carries no bytes. */
struct capturing {
	size_t cut;             /* bytes that the capture leaves out at the end */
	size_t lost;            /* bytes that the wire lost at the end */
	uint32_t snaplen;       /* of the event */
	uint16_t proto, tci;    /* the offloaded tag */
	uint16_t super_packets; /* segments */
};

/*
 * The event about a frame. The inspector reads a copy whose allocation ends with the frame, so that a sanitizer reports a read past it.
 */
void decode(const struct frame *frame, const struct capturing *how, struct decoded *to);
