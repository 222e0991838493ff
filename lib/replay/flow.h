/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* TCP connections of a capture: the bytes of each direction that were seen, and whether a segment comes before its time. */
#pragma once

#include "segment.h"

struct flow {
	struct tcp_key key;
	uint32_t next[TCP_DIRECTIONS]; /* sequence number of the next byte */
	uint8_t known[TCP_DIRECTIONS]; /* `next` is valid */
	/* The other end acknowledged bytes that did not come in time: the capture may lack this direction. */
	uint8_t silent[TCP_DIRECTIONS];
	uint8_t waiting[TCP_DIRECTIONS]; /* frames that wait for others; the owner of the table counts them */
	uint8_t used;
	uint32_t last; /* when it was last looked up */
};

struct flows;

struct flows *flows_new(void);
void flows_free(struct flows *flows);

/*
 * The segment's connection, a new one in place of the least recently used one if needed. NULL: no place is free of frames that wait. The
 * pointer is valid until the next call, and as long as a frame of the connection waits.
 */
struct flow *flows_get(struct flows *flows, const struct segment *segment);

/* Whether an earlier segment of its direction, or one that it acknowledges, may still come. */
bool flow_must_wait(const struct flows *flows, const struct flow *flow, const struct segment *segment);

/* The segment ends the connection that was known, or does not belong to it. */
bool flow_ends(const struct flow *flow, const struct segment *segment);

/* The segment is the SYN-ACK for this SYN. */
bool flow_answers(const struct segment *segment, const struct segment *syn);

/* The segment is handed on. */
void flow_take(struct flows *flows, struct flow *flow, const struct segment *segment);

/* Nothing came in time of that for which the segment waited. Call it before flow_take(). */
void flow_give_up(struct flows *flows, struct flow *flow, const struct segment *segment);

/* The next segment of the direction may have any number. */
void flow_forget(struct flow *flow, uint32_t direction);
