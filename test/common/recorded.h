/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The segments of a conversation, and captures that have them in another order. */
#pragma once

#include "capture_bytes.h"
#include "segments.h"

enum { RECORDED_MAX = 64, RECORDED_APART_US = 100 };

static struct recorded {
	struct bytes frame[RECORDED_MAX];
	unsigned int count;
} recorded;

static inline void record_frame(void *ctx, const void *frame, size_t size)
{
	struct recorded *to = ctx;

	ck_assert_uint_lt(to->count, RECORDED_MAX);
	put(&to->frame[to->count++], frame, size);
}

static inline struct segments recorded_conversation(void)
{
	struct segments to = { .fn = record_frame, .ctx = &recorded, .client_port = 40000, .server_port = 80 };

	while (recorded.count) {
		recorded.count--;
		free(recorded.frame[recorded.count].at);
		recorded.frame[recorded.count] = (struct bytes){ 0 };
	}
	return to;
}

/* A capture of frames by number, each with the time at which it was sent. The path is valid until the next call. */
static inline const char *recorded_capture(const unsigned int *order, unsigned int count)
{
	struct bytes b = { 0 };
	const char *path;
	unsigned int i;

	pcap_begin(&b, 1);
	for (i = 0; i < count; i++)
		pcap_add(&b, 1000000 + order[i] * RECORDED_APART_US, recorded.frame[order[i]].at,
			 (uint32_t)recorded.frame[order[i]].size);
	path = file_of(&b, b.size);
	free(b.at);
	return path;
}
