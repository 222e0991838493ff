/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * CPU time per byte of hostile input, in ratio to ordinary input, for parsers that meet what a client or the author of a file chose. Both
 * are measured here and now, each as the least of several times, so that neither the machine nor its load matters.
 */
#pragma once

#include <time.h>

#include "bytes.h"

enum {
	TIMES = 5,
	RATIO_MAX = 40, /* attacks that were found had ratios from 45 to 1,900 */
	SIZE = 200 << 10,
};

static size_t unpacked_size; /* of a file that is packed; 0: it is not */

/* A parser reads the input once. */
typedef void (*parse_fn)(const struct bytes *bytes);
typedef void (*make_fn)(struct bytes *bytes);

static inline double time_of(parse_fn parse, const struct bytes *bytes)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	parse(bytes);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
}

/* Of what is long, once is enough: little of the time is another's. */
static inline double ns_per_byte(parse_fn parse, make_fn make)
{
	struct bytes bytes = { 0 };
	double least, again;
	int i;

	unpacked_size = 0;
	make(&bytes);
	least = time_of(parse, &bytes);
	for (i = 1; i < TIMES && least < 1e9; i++) {
		again = time_of(parse, &bytes);
		least = again < least ? again : least;
	}
	least /= (double)(unpacked_size ? unpacked_size : bytes.size);
	free(bytes.at);
	return least;
}

/* Under a sanitizer the inputs are read all the same, but what a call costs depends on who checks it. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_USUAL_COSTS 0
#elif defined(__has_feature)
#define HAS_USUAL_COSTS !__has_feature(address_sanitizer)
#else
#define HAS_USUAL_COSTS 1
#endif

struct attack {
	const char *name;
	parse_fn parse;
	make_fn make_hostile, make_ordinary;
};

static inline void check_cost(const struct attack *a)
{
	double ordinary = ns_per_byte(a->parse, a->make_ordinary), hostile = ns_per_byte(a->parse, a->make_hostile);

	printf("%s: %.2f ns per byte, ordinary are %.2f\n", a->name, hostile, ordinary);
	ck_assert_msg(!HAS_USUAL_COSTS || hostile < ordinary * RATIO_MAX, "%s: %.1f ns per byte, ordinary are %.1f", a->name,
		      hostile, ordinary);
}
