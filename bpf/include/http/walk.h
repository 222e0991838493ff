/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The walk: the bytes of a piece, many at once where they ask for nothing, through the machine. */
#pragma once

#include "http/fast_path.h"

enum {
	HTTP_STEPS_MAX = HTTP_CHUNK * 2, /* of a piece: each but the last has at least a byte */
	HTTP_STRIDE = 16,                /* bytes of a turn by the table */
};

/*
 * What a step has found: bytes to keep, in the field of this run, and then a move; 0: none. In a function of its own, with what it
 * needs as numbers: in line, the verifier would walk it for each way out of each loop.
 */
GLOBAL_FUNCTION __u32 http_do(__u32 run, __u32 size, __u32 move)
{
	struct http_reading *r = reading_of_cpu();

	if (!r)
		return HTTP_STOP;
	if (run)
		http_keep(&r->m, run - 1, &r->walk.bytes[r->walk.from & (HTTP_CHUNK - 1)], size);
	if (!move)
		return HTTP_GO_ON;
	http_act(&r->m, &r->walk, move);
	move &= HTTP_ACTION_MASK;
	if (move == HTTP_HEAD_END || move == HTTP_OLD_END)
		return HTTP_HEAD;
	return move == HTTP_TRAILER_END ? HTTP_END : HTTP_GO_ON;
}

static __always_inline __u32 http_entry(const struct http_table *t, __u64 row, __u8 byte)
{
	const __u8 *column = (const __u8 *)t->step + (t->class[byte] & HTTP_CLASS_MASK);

	barrier_var(column); /* all that does not wait for the row comes before it is known */
	return *(const __u16 *)(column + row);
}

/*
 * By the table: bytes that ask for nothing, then bytes that all ask for the same, then one that asks for something else. The state is read
 * anew, though the caller has looked at it: without CAP_PERFMON the verifier must not know an offset on one path and not on the next.
 */
static __always_inline int http_table_step(const struct http_table *t, struct http_message *m, struct http_walk *w)
{
	__u64 row = (__u64)(READ_ONCE(m->state) & (HTTP_STATES - 1)) << HTTP_ROW_SHIFT;
	__u32 i, entry, size, move = 0, run = 0, at = w->at;

	UNROLL
	for (i = 0; i < HTTP_STRIDE; i++) {
		if (at >= w->end)
			break;
		entry = http_entry(t, row, w->bytes[at & (HTTP_CHUNK - 1)]);
		move = entry & HTTP_MOVE_MASK;
		if (!run && move < HTTP_RUNS) {
			run = move;
			w->from = at;
		}
		if (move != run)
			break;
		row = entry & HTTP_ROW_MASK;
		at++;
		move = 0;
	}
	size = at - w->from;
	if (move < HTTP_RUNS) { /* none, or the first byte of another run */
		move = 0;
	} else {
		row = entry & HTTP_ROW_MASK;
		at++;
		mask_index(move, HTTP_MOVE_MASK);
		move = move == HTTP_FAST_MOVE ? 0 : t->moves[move];
	}
	m->state = row >> HTTP_ROW_SHIFT;
	w->at = at;
	if (!run && !move)
		return HTTP_GO_ON;
	return http_do(run, size, move);
}

/* One turn of the walk: some bytes of a piece. */
static __always_inline int http_step(const struct http_table *t, struct http_message *m, struct http_walk *w)
{
	if (http_in_body(m)) {
		w->at += http_skip_body(m, w->end - w->at);
		return http_is_over(m) ? HTTP_END : HTTP_GO_ON;
	}
	if (!http_fast_path(t, m, w))
		return http_table_step(t, m, w);
	return m->state == HTTP_BROKEN ? HTTP_HEAD : HTTP_GO_ON;
}

struct http_steps {
	const struct http_table *t;
	struct http_reading *r;
};

static long take_step(__u32 i, struct http_steps *turns)
{
	struct http_reading *r = turns->r;

	(void)i;
	r->stop = http_step(turns->t, &r->m, &r->walk);
	return r->stop != HTTP_GO_ON || r->walk.at >= r->walk.end || r->m.state == HTTP_BROKEN;
}

/* Up to where something has to be done, or the piece ends: an enum http_stop. */
GLOBAL_FUNCTION __u32 http_walk(void)
{
	KEY(__u32, only, 0);
	struct http_steps turns = { .t = bpf_map_lookup_elem(&http_table, &only) };

	turns.r = reading_of_cpu();
	if (!turns.t || !turns.r)
		return HTTP_STOP;
	bpf_loop(HTTP_STEPS_MAX, take_step, &turns, 0);
	return turns.r->stop;
}
