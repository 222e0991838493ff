/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Runs the bytes of a piece through the state machine, many at once if they have no action. */
#pragma once

#include "http/body.h"
#include "http/fast_path.h"

enum {
	HTTP_STEPS_MAX = HTTP_CHUNK * 2, /* per piece: each step except the last reads at least a byte */
	HTTP_STRIDE = 16,                /* bytes per step by the table */
};

SCRATCH(reading, struct http_reading);

/* The grammar. Written by the library before the programs are attached. */
MAP(http_table, ARRAY, __u32, struct http_table, 1);

/*
 * Ends a step by the table: keeps `size` bytes in the field of the run, then does the action of a move; 0: none. It is a global function
 * with numbers as arguments: inlined, the verifier would walk it once per exit of each loop.
 */
GLOBAL_FUNCTION __u32 http_apply_move(__u32 run, __u32 size, __u32 move)
{
	struct http_reading *r = reading_of_cpu();
	const __u8 *from;

	if (!r)
		return HTTP_STOP;
	if (run) {
		from = &r->walk.bytes[r->walk.from & (HTTP_CHUNK - 1)];
		http_call_hooks(r, run - 1, from, size);
		http_keep_bytes(r, run - 1, from, size);
	}
	if (!move)
		return HTTP_GO_ON;
	http_do_action(r, move);
	move &= HTTP_ACTION_MASK;
	if (move == HTTP_HEAD_END || move == HTTP_OLD_END || move == HTTP_PREFACE_END)
		return HTTP_HEAD;
	return move == HTTP_TRAILER_END ? HTTP_END : HTTP_GO_ON;
}

static __always_inline __u32 http_entry(const struct http_table *t, __u64 row, __u8 byte)
{
	const __u8 *column = (const __u8 *)t->step + (t->class[byte] & HTTP_CLASS_MASK);

	barrier_var(column); /* computes the part that does not depend on the row before the row is known */
	return *(const __u16 *)(column + row);
}

/*
 * A step by the table: bytes without an action, then bytes with the same action, then one byte with another action. It loads the state
 * again: without CAP_PERFMON the verifier refuses an offset that is a known constant on one path only.
 */
static __always_inline int http_table_step(const struct http_table *t, struct http_reading *r)
{
	struct http_message *m = &r->m;
	struct http_walk *w = &r->walk;
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
	if (move < HTTP_RUNS) { /* no move, or the first byte of another run */
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
	return http_apply_move(run, size, move);
}

static __always_inline int http_step(const struct http_table *t, struct http_reading *r)
{
	struct http_message *m = &r->m;
	struct http_walk *w = &r->walk;

	if (http_in_body(m)) {
		w->at += http_skip_body(m, w->end - w->at);
		return http_body_is_over(m) ? HTTP_END : HTTP_GO_ON;
	}
	if (!http_fast_path(t, r))
		return http_table_step(t, r);
	return m->state == HTTP_BROKEN ? HTTP_HEAD : HTTP_GO_ON;
}

struct http_steps {
	const struct http_table *t;
	struct http_reading *r;
};

static long take_step(__u32 i, struct http_steps *steps)
{
	struct http_reading *r = steps->r;

	(void)i;
	r->stop = http_step(steps->t, r);
	return r->stop != HTTP_GO_ON || r->walk.at >= r->walk.end || r->m.state == HTTP_BROKEN;
}

/* Walks until the inspector has something to do, or to the end of the piece; returns an enum http_stop. */
GLOBAL_FUNCTION __u32 http_walk(void)
{
	KEY(__u32, only, 0);
	struct http_steps steps = { .t = bpf_map_lookup_elem(&http_table, &only) };

	steps.r = reading_of_cpu();
	if (!steps.t || !steps.r)
		return HTTP_STOP;
	bpf_loop(HTTP_STEPS_MAX, take_step, &steps, 0);
	if (steps.r->stop == HTTP_HEAD)
		HTTP_ON_HEAD(steps.r);
	return steps.r->stop;
}
