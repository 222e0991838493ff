/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Puts the TCP segments of each connection into the order in which they were sent, as far as their numbers show it. Two queues or two
 * interfaces may record a response before its request, or the segments of one direction in the wrong order.
 *
 * A frame passes at once and is not copied, unless an earlier segment of its direction is missing, or one that it acknowledges. Then a copy
 * waits until that segment has come, or until the window has passed. Frames of different connections may overtake each other. A
 * connection's first segments teach its numbers and do not wait.
 */
#pragma once

#include <stdbool.h>

#include "capture.h"

enum {
	REORDER_FRAMES = 64,     /* that wait at once: queues are read in batches of up to 64 packets (NAPI) */
	REORDER_BYTES = 1 << 20, /* of these frames: it stays in the L2 cache, and holds 16 super-packets */
	REORDER_NS =
		10000000, /* of the capture's time: more than queues and interfaces differ, less than any retransmission timer */
};

struct reorder;

/* Takes a frame in the new order. Returns 0, or negative errno, which ends the call that handed it on. */
typedef int (*reorder_fn)(void *to, const struct frame *frame);

/* `tunnels`: order the packets inside VXLAN and Geneve. NULL if out of memory. */
struct reorder *reorder_new(bool tunnels, reorder_fn fn, void *to);

/* Frames that wait are forgotten: reorder_flush() hands them on. */
void reorder_free(struct reorder *r);

/* Hands on this frame and those that waited for it, or makes it wait. */
int reorder_add(struct reorder *r, const struct frame *frame);

/* Hands on the frames for which this time is outside the window; reorder_add() does it, too. */
int reorder_expire(struct reorder *r, uint64_t time_ns);

/* Hands on all frames: no others come. */
int reorder_flush(struct reorder *r);

/* Frames that were handed on after a later one of their connection. */
uint64_t reorder_moved(const struct reorder *r);
