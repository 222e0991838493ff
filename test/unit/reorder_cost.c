/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Segments in a hostile order may cost little more than those in order. */
#include <stdlib.h>

#include "cost.h"
#include "link_type.h"
#include "reorder.h"
#include "segments.h"

enum { LEAST = 10, MANY = SIZE / 64 };

static int ignore(void *to, const struct frame *frame)
{
	(void)to;
	(void)frame;
	return 0;
}

/* Each frame has its size in front. All have the same time, so that only the room ends a wait. */
static void add(void *ctx, const void *frame, size_t size)
{
	put32(ctx, (uint32_t)size);
	put(ctx, frame, size);
}

static void parse(const struct bytes *in)
{
	struct reorder *r = reorder_new(false, ignore, NULL);
	struct frame frame = { .link = LINK_ETHERNET, .time_ns = 1 };
	const uint8_t *at = in->at, *end = in->at + in->size;

	while (at < end) {
		memcpy(&frame.len, at, 4);
		frame.wire_len = frame.len;
		frame.data = at + 4;
		if (reorder_add(r, &frame)) /* an assertion costs more than the frame */
			ck_abort();
		at += 4 + frame.len;
	}
	ck_assert_int_eq(reorder_flush(r), 0);
	reorder_free(r);
}

static struct segments begin(struct bytes *b)
{
	struct segments to = { .fn = add, .ctx = b, .client_port = 40000, .server_port = 80 };

	segments_open(&to, 1, 1);
	return to;
}

static void make_segments_in_order(struct bytes *b)
{
	struct segments to = begin(b);
	int i;

	for (i = 0; i < MANY; i++)
		segments_say(&to, CLIENT, ACK, "0123456789", LEAST);
}

static void make_segments_behind_gaps(struct bytes *b)
{
	struct segments to = begin(b);
	int i;

	for (i = 0; i < MANY; i++) {
		to.next[CLIENT]++;
		segments_say(&to, CLIENT, ACK, "0123456789", LEAST);
	}
}

static void make_segments_backwards(struct bytes *b)
{
	struct segments to = begin(b);
	int i, j;

	for (i = 0; i < MANY; i += REORDER_FRAMES) {
		for (j = REORDER_FRAMES - 1; j >= 0; j--)
			segments_raw(&to, CLIENT, ACK, to.next[CLIENT] + (uint32_t)(j * LEAST), "0123456789", LEAST);
		to.next[CLIENT] += LEAST * REORDER_FRAMES;
	}
}

/* Each byte before the gap lets all that wait behind it be looked at. */
static void make_bytes_before_a_gap(struct bytes *b)
{
	struct segments to = begin(b);
	int i;

	for (i = 0; i < REORDER_FRAMES; i++)
		segments_raw(&to, CLIENT, ACK, to.next[CLIENT] + 1000000 + (uint32_t)i * 100, "0123456789", LEAST);
	for (i = 0; i < MANY; i++)
		segments_say(&to, CLIENT, ACK, "0", 1);
}

static void make_gaps_of_many_connections(struct bytes *b)
{
	struct segments to = begin(b);
	int i;

	for (i = 0; i < MANY; i++) {
		to.client_port = (uint16_t)i;
		segments_open(&to, 1, 1);
		to.next[CLIENT]++;
		segments_say(&to, CLIENT, ACK, "0123456789", LEAST);
	}
}

static void make_syn_acks(struct bytes *b)
{
	struct segments to = begin(b);
	int i;

	for (i = 0; i < MANY; i++) {
		to.client_port = (uint16_t)i;
		segments_say(&to, SERVER, SYN | ACK, NULL, 0);
		segments_say(&to, SERVER, ACK, "0123456789", LEAST);
	}
}

static const struct attack attacks[] = {
	{ "segments behind gaps", parse, make_segments_behind_gaps, make_segments_in_order },
	{ "segments backwards", parse, make_segments_backwards, make_segments_in_order },
	{ "bytes before a gap", parse, make_bytes_before_a_gap, make_segments_in_order },
	{ "gaps of many connections", parse, make_gaps_of_many_connections, make_segments_in_order },
	{ "SYN-ACKs without a SYN", parse, make_syn_acks, make_segments_in_order },
};

START_TEST(hostile_order_costs_little_more_than_ordinary_order)
{
	check_cost(&attacks[_i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { hostile_order_costs_little_more_than_ordinary_order };

	return RUN_LOOPS("reorder_cost", NULL, tests, sizeof(attacks) / sizeof(attacks[0]));
}
