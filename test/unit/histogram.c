/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

enum { N = 20000 };

static struct histogram h;
static uint64_t durations[N];
static uint64_t state;

/* xorshift64 (Marsaglia): the same numbers in each run. */
static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void setup(void)
{
	memset(&h, 0, sizeof(h));
	state = 88172645463325252ULL;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* Allows for half a bucket: 1/64 of the value, or 16 ns. */
static void is_near(uint64_t got, uint64_t exact)
{
	uint64_t error = got > exact ? got - exact : exact - got;

	ck_assert_msg(error <= (exact >= 1024 ? exact / 64 : 16), "%lu for %lu", (unsigned long)got, (unsigned long)exact);
}

static void quantiles_agree_with_sorting(void)
{
	static const double q[] = { 0, 0.001, 0.01, 0.07, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1 };
	size_t i;

	for (i = 0; i < N; i++)
		histogram_add(&h, durations[i]);
	qsort(durations, N, sizeof(durations[0]), compare);
	for (i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		uint64_t rank = (uint64_t)ceil(q[i] * N - 1e-6);

		is_near(histogram_quantile(&h, q[i]), durations[rank ? rank - 1 : 0]);
	}
	ck_assert_uint_eq(h.min, durations[0]);
	ck_assert_uint_eq(h.max, durations[N - 1]);
	ck_assert_uint_eq(histogram_quantile(&h, 1), durations[N - 1]);
}

START_TEST(quantiles_of_uniform_durations_are_within_the_error)
{
	size_t i;

	for (i = 0; i < N; i++)
		durations[i] = next_random() % 50000000;
	quantiles_agree_with_sorting();
}
END_TEST

/* From nanoseconds to hours: as many durations per power of two. */
START_TEST(quantiles_of_all_magnitudes_are_within_the_error)
{
	size_t i;

	for (i = 0; i < N; i++)
		durations[i] = next_random() >> (18 + next_random() % 46);
	quantiles_agree_with_sorting();
}
END_TEST

START_TEST(quantiles_of_a_long_tail_are_within_the_error)
{
	size_t i;

	for (i = 0; i < N; i++)
		durations[i] = 300000 + next_random() % 200000 + (i % 150 == 0 ? next_random() % 3000000000ULL : 0);
	quantiles_agree_with_sorting();
}
END_TEST

START_TEST(both_ends_of_each_bucket_are_within_the_error)
{
	uint64_t edge;
	int power, sub, side;

	for (power = 10; power < 46; power++)
		for (sub = 0; sub < 32; sub++)
			for (side = -1; side <= 1; side++) {
				edge = (1ULL << power) + ((uint64_t)sub << (power - 5)) + (uint64_t)(int64_t)side;
				memset(&h, 0, sizeof(h));
				histogram_add(&h, edge);
				histogram_add(&h, 0);
				histogram_add(&h, UINT64_MAX);
				is_near(histogram_quantile(&h, 0.5), edge);
			}
}
END_TEST

START_TEST(merged_histograms_equal_one_of_all_durations)
{
	static struct histogram parts[3], empty;
	size_t i;

	memset(parts, 0, sizeof(parts));
	for (i = 0; i < N; i++) {
		uint64_t ns = next_random() >> (16 + next_random() % 48);

		histogram_add(&h, ns);
		histogram_add(&parts[i % 3], ns);
	}
	histogram_merge(&parts[0], &parts[1]);
	histogram_merge(&parts[0], &empty);
	histogram_merge(&parts[0], &parts[2]);
	ck_assert_mem_eq(&parts[0], &h, sizeof(h));
	histogram_merge(&empty, &h);
	ck_assert_mem_eq(&empty, &h, sizeof(h));
}
END_TEST

START_TEST(single_duration_is_every_quantile)
{
	histogram_add(&h, 123456789);
	ck_assert_uint_eq(histogram_quantile(&h, 0), 123456789);
	ck_assert_uint_eq(histogram_quantile(&h, 0.5), 123456789);
	ck_assert_uint_eq(histogram_quantile(&h, 1), 123456789);
}
END_TEST

START_TEST(huge_durations_stay_in_the_last_bucket_and_the_sum_does_not_wrap)
{
	int i;

	for (i = 0; i < 4; i++)
		histogram_add(&h, UINT64_MAX - (uint64_t)i);
	ck_assert_uint_eq(h.sum, UINT64_MAX);
	ck_assert_uint_eq(h.buckets[HISTOGRAM_BUCKETS - 1], 4);
	ck_assert_uint_eq(histogram_quantile(&h, 0.5), UINT64_MAX);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		quantiles_of_uniform_durations_are_within_the_error,
		quantiles_of_all_magnitudes_are_within_the_error,
		quantiles_of_a_long_tail_are_within_the_error,
		both_ends_of_each_bucket_are_within_the_error,
		merged_histograms_equal_one_of_all_durations,
		single_duration_is_every_quantile,
		huge_durations_stay_in_the_last_bucket_and_the_sum_does_not_wrap,
	};

	return RUN_TESTS("histogram", setup, tests);
}
