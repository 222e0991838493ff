/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Durations in a log-linear histogram of fixed size, like HdrHistogram's: each power of two has 32 buckets of equal width, so the middle
 * of a bucket differs from each duration in it by at most 1/64. Below 1024 ns the buckets are 32 ns wide. Histograms add up.
 */
#pragma once

#include <stdint.h>

enum {
	HISTOGRAM_SUB_BITS = 5,
	HISTOGRAM_SUB = 1 << HISTOGRAM_SUB_BITS, /* buckets per power of two */
	HISTOGRAM_LOW = 10,                      /* the first power of two with buckets of its own */
	HISTOGRAM_HIGH = 46,                     /* 19.5 hours; the last bucket has everything from there on */
	HISTOGRAM_BUCKETS = HISTOGRAM_SUB * (HISTOGRAM_HIGH - HISTOGRAM_LOW + 1) + 1,
};

struct histogram {
	uint64_t count;
	uint64_t sum, min, max; /* in ns; 0 if count is 0 */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* Adds without overflow. */
static inline void add_saturating(uint64_t *to, uint64_t n)
{
	if (__builtin_add_overflow(*to, n, to))
		*to = UINT64_MAX;
}

void histogram_add(struct histogram *h, uint64_t ns);
void histogram_merge(struct histogram *to, const struct histogram *from);

/* The smallest duration that at least a share `q` (0 to 1) of all did not exceed, within 1/64. `count` must not be 0. */
uint64_t histogram_quantile(const struct histogram *h, double q);
