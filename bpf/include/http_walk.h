/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The walk: the bytes of a piece, many at once where they ask for nothing, through the machine. */
#pragma once

#include "http_machine.h"

enum {
	HTTP_TURNS_MAX = HTTP_CHUNK * 2, /* of a piece: each but the last has at least a byte */
	HTTP_STRIDE = 16,                /* bytes of a turn by the table */
};

/* What a CPU is reading. A message lies here while it is read, and in its connection's entry between two segments. */
struct http_reading {
	struct http_message m;
	struct http_walk walk;
	__u32 stop; /* enum http_stop: of the last turn */
};

SCRATCH(reading, struct http_reading);

/* The grammar. Written by the library before the programs are attached. */
MAP(http_table, ARRAY, __u32, struct http_table, 1);

/*
 * What a turn has found: bytes to keep, in the field of this run, and then a move; 0: none. In a function of its own, with what it
 * needs as numbers: in line, the verifier would walk it for each way out of each loop.
 */
SEPARATE __u32 http_do(__u32 run, __u32 from, __u32 size, __u32 move)
{
	struct http_reading *r = reading_of_cpu();

	if (!r)
		return HTTP_STOP;
	if (run)
		http_keep(&r->m, run - 1, &r->walk.bytes[from & (HTTP_CHUNK - 1)], size);
	if (!move)
		return HTTP_GO_ON;
	http_act(&r->m, &r->walk, move);
	move &= HTTP_ACTION_MASK;
	if (move == HTTP_HEAD_END || move == HTTP_OLD_END)
		return HTTP_HEAD;
	return move == HTTP_TRAILER_END ? HTTP_END : HTTP_GO_ON;
}

/*
 * Eight bytes at once: 0x80 in the first that is a control character, DEL, or beyond ASCII; 0 if none is. What is below 0x20 borrows
 * from its high bit, DEL carries into it; what stands behind the first may be wrong.
 */
static __always_inline __u64 http_stops(__u64 eight)
{
	return ((eight - 0x2020202020202020ULL) | (eight + 0x0101010101010101ULL) | eight) & 0x8080808080808080ULL;
}

/* How many bytes come before the first stop. */
static __always_inline __u32 http_plain_bytes(__u64 stops)
{
	__u64 before = ((stops & -stops) >> 7) - 1;

	return ((before & 0x0101010101010101ULL) * 0x0101010101010101ULL) >> 56;
}

/* Over a value, as far as there are whole words, up to the next byte that the table has to see; 1 if it was reached. */
static __always_inline int http_skip_value(struct http_walk *w, __u32 words)
{
	__u32 i, at = w->at;
	__u64 stops = 0;

	UNROLLED
	for (i = 0; i < words; i++) {
		if (at + 8 > w->end)
			break;
		stops = http_stops(load64(&w->bytes[at & (HTTP_CHUNK - 1)]));
		if (stops)
			break;
		at += 8;
	}
	if (stops)
		at += http_plain_bytes(stops);
	w->at = at;
	return stops || at + 8 > w->end;
}

/* Two words: as much as is kept at once. */
static __always_inline int http_keep_value(struct http_message *m, struct http_walk *w)
{
	__u32 from = w->at;
	int stop = http_skip_value(w, 2);

	http_do(1 + m->state - HTTP_KEEPING, from, w->at - from, 0);
	return stop;
}

/* Over the body, as far as this piece has it. */
static __always_inline int http_skip_body(struct http_message *m, struct http_walk *w)
{
	__u64 here = w->end - w->at;

	if (here > m->left)
		here = m->left;
	m->left -= here;
	m->body_bytes += here;
	w->at += here;
	if (m->left)
		return HTTP_GO_ON;
	if (m->state == HTTP_BODY)
		return HTTP_END;
	m->state = HTTP_CHUNK_AFTER;
	return HTTP_GO_ON;
}

static __always_inline __u32 http_entry(const struct http_table *t, __u64 row, __u8 byte)
{
	const __u8 *column = (const __u8 *)t->step + (t->class[byte] & HTTP_CLASS_MASK);

	opaque(column); /* all that does not wait for the row comes before it is known */
	return *(const __u16 *)(column + row);
}

/*
 * By the table: bytes that all ask for the same, nothing or to be kept, and then one that asks for something else. The state is read
 * anew, though the caller has looked at it: without CAP_PERFMON the verifier must not know an offset on one path and not on the next.
 */
static __always_inline int http_step(const struct http_table *t, struct http_message *m, struct http_walk *w)
{
	__u64 row = (__u64)(fresh(m->state) & (HTTP_STATES - 1)) << HTTP_ROW_SHIFT;
	__u32 i, entry, size, move = 0, run = 0, at = w->at, from = at;

	UNROLLED
	for (i = 0; i < HTTP_STRIDE; i++) {
		if (at >= w->end)
			break;
		entry = http_entry(t, row, w->bytes[at & (HTTP_CHUNK - 1)]);
		move = entry & HTTP_MOVE_MASK;
		if (!i && move < HTTP_RUNS)
			run = move;
		if (move != run)
			break;
		row = entry & HTTP_ROW_MASK;
		at++;
		move = 0;
	}
	size = at - from;
	if (move < HTTP_RUNS) { /* none, or the first byte of another run */
		move = 0;
	} else {
		row = entry & HTTP_ROW_MASK;
		at++;
		bounded(move, HTTP_MOVE_MASK);
		move = move == HTTP_LEAPS ? 0 : t->moves[move];
	}
	m->state = row >> HTTP_ROW_SHIFT;
	w->at = at;
	if (!run && !move)
		return HTTP_GO_ON;
	return http_do(run, from, size, move);
}

/* One turn of the walk: some bytes of a piece. */
static __always_inline int http_turn(const struct http_table *t, struct http_message *m, struct http_walk *w)
{
	if (http_in_body(m))
		return http_skip_body(m, w);
	if (m->state == HTTP_VALUE && !http_skip_value(w, 16))
		return HTTP_GO_ON;
	if (m->state >= HTTP_KEEPING && m->state < HTTP_NAMED && !http_keep_value(m, w))
		return HTTP_GO_ON;
	return http_step(t, m, w);
}

struct http_turns {
	const struct http_table *t;
	struct http_reading *r;
};

static long take_turn(__u32 i, struct http_turns *turns)
{
	struct http_reading *r = turns->r;

	(void)i;
	r->stop = http_turn(turns->t, &r->m, &r->walk);
	return r->stop != HTTP_GO_ON || r->walk.at >= r->walk.end || r->m.state == HTTP_BROKEN;
}

/* Up to where something has to be done, or the piece ends: an enum http_stop. */
SEPARATE __u32 http_walk(void)
{
	KEY(__u32, only, 0);
	struct http_turns turns = { .t = bpf_map_lookup_elem(&http_table, &only) };

	turns.r = reading_of_cpu();
	if (!turns.t || !turns.r)
		return HTTP_STOP;
	bpf_loop(HTTP_TURNS_MAX, take_turn, &turns, 0);
	return turns.r->stop;
}
