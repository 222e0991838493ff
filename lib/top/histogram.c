/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "histogram.h"

static unsigned int bucket_of(uint64_t ns)
{
	int power;

	if (ns >> HISTOGRAM_LOW == 0)
		return (unsigned int)(ns >> (HISTOGRAM_LOW - HISTOGRAM_SUB_BITS));
	if (ns >> HISTOGRAM_HIGH)
		return HISTOGRAM_BUCKETS - 1;
	power = 63 - __builtin_clzll(ns);
	return (unsigned int)((power - HISTOGRAM_LOW + 1) * HISTOGRAM_SUB) +
	       (unsigned int)(ns >> (power - HISTOGRAM_SUB_BITS) & (HISTOGRAM_SUB - 1));
}

static uint64_t middle_of(unsigned int bucket)
{
	unsigned int row = bucket / HISTOGRAM_SUB, shift = HISTOGRAM_LOW - HISTOGRAM_SUB_BITS + (row ? row - 1 : 0);
	uint64_t step = bucket % HISTOGRAM_SUB + (row ? HISTOGRAM_SUB : 0);

	return (step << shift) + (1ULL << shift) / 2;
}

void histogram_add(struct histogram *h, uint64_t ns)
{
	if (!h->count || ns < h->min)
		h->min = ns;
	if (ns > h->max)
		h->max = ns;
	h->count++;
	add_saturating(&h->sum, ns);
	h->buckets[bucket_of(ns)]++;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	unsigned int i;

	if (!from->count)
		return;
	if (!to->count || from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
	to->count += from->count;
	add_saturating(&to->sum, from->sum);
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->buckets[i] += from->buckets[i];
}

/* The position in the sorted durations, from 1. q * count may be above a whole number by a rounding error. */
static uint64_t rank_of(double q, uint64_t count)
{
	double exact = q * (double)count - 1e-6;
	uint64_t rank = exact > 0 ? (uint64_t)exact + 1 : 1;

	return rank < count ? rank : count;
}

uint64_t histogram_quantile(const struct histogram *h, double q)
{
	uint64_t rank = rank_of(q, h->count), below = 0, ns;
	unsigned int i;

	if (rank == h->count)
		return h->max;
	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		below += h->buckets[i];
		if (below >= rank)
			break;
	}
	ns = i == HISTOGRAM_BUCKETS - 1 ? h->max : middle_of(i);
	return ns < h->min ? h->min : ns > h->max ? h->max : ns;
}
