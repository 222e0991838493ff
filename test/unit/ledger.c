/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The loss ledger of native runs: it counts each packet in exactly one of five fields. */
#include <errno.h>
#include <stdlib.h>

#include "frames.h"
#include "native_run.h"
#include "runner.h"

extern const struct native_inspector native_packet;

static int delivered;

static void count(void *ctx, const void *record, size_t size)
{
	(void)ctx, (void)record, (void)size;
	delivered++;
}

static struct native_run *start(uint32_t ring, uint32_t snaplen, uint32_t sample)
{
	struct native_run *run = native_run_new(&native_packet, ring, count, NULL);

	delivered = 0;
	ck_assert_int_eq(native_run_set(run, "snaplen", &snaplen, sizeof(snaplen)), 0);
	ck_assert_int_eq(native_run_set(run, "sample", &sample, sizeof(sample)), 0);
	native_run_enter(run);
	return run;
}

static void feed(struct native_run *run, const struct frame *f, uint32_t len, uint32_t wire_len, int times)
{
	struct pkt p = { .ctx = (void *)f->bytes, .len = len, .wire_len = wire_len, .link = f->link, .segments = 1 };

	while (times--)
		native_run_packet(run, &p, 1);
}

static struct ebpfi_ledger end(struct native_run *run)
{
	struct ebpfi_ledger *there = native_run_lookup(run, "ledger", &(uint32_t){ 0 }), ledger = *there;

	native_run_leave(run);
	native_run_free(run);
	ck_assert_uint_eq(ledger.seen,
			  ledger.delivered + ledger.filtered + ledger.sampled + ledger.lost_ring + ledger.lost_map);
	ck_assert_uint_eq(ledger.delivered, delivered);
	return ledger;
}

START_TEST(ring_with_room_delivers_all)
{
	struct native_run *run = start(0, 0, 0);
	struct ebpfi_ledger ledger;

	feed(run, &udp, udp.size, udp.size, 1000);
	ledger = end(run);
	ck_assert_uint_eq(ledger.seen, 1000);
	ck_assert_uint_eq(ledger.delivered, 1000);
	ck_assert_uint_eq(ledger.cut, 0);
}
END_TEST

START_TEST(full_ring_loses_the_record)
{
	static const unsigned char zeros[9000];
	const struct frame jumbo = { "jumbo", L_ETHERNET, 14, sizeof(zeros), zeros };
	struct native_run *run = start(4096, 65535, 0);
	struct ebpfi_ledger ledger;

	feed(run, &udp, udp.size, udp.size, 10);
	feed(run, &jumbo, jumbo.size, jumbo.size, 7);
	ledger = end(run);
	ck_assert_uint_eq(ledger.lost_ring, 7);
	ck_assert_uint_eq(ledger.delivered, 10);
}
END_TEST

START_TEST(sampling_keeps_about_the_requested_share)
{
	static const uint32_t rates[] = { 2, 3, 10, 100 };
	struct native_run *run = start(0, 0, rates[_i]);
	struct ebpfi_ledger ledger;
	int expected = 100000 / (int)rates[_i];

	feed(run, &udp, udp.size, udp.size, 100000);
	ledger = end(run);
	ck_assert_uint_eq(ledger.seen, 100000);
	ck_assert_int_gt(delivered, expected * 9 / 10);
	ck_assert_int_lt(delivered, expected * 11 / 10);
}
END_TEST

START_TEST(sampling_one_in_one_takes_all)
{
	struct native_run *run = start(0, 0, 1);

	feed(run, &udp, udp.size, udp.size, 100);
	ck_assert_uint_eq(end(run).delivered, 100);
}
END_TEST

/* A hash of the count samples, so traffic with a period cannot escape. */
START_TEST(sampling_chooses_the_same_packets_each_time)
{
	enum { N = 4000 };
	static char chosen[2][N];
	int round, i, neighbours = 0;

	for (round = 0; round < 2; round++) {
		struct native_run *run = start(0, 0, 4);

		for (i = 0; i < N; i++) {
			int before = delivered;

			feed(run, &udp, udp.size, udp.size, 1);
			chosen[round][i] = (char)(delivered - before);
		}
		end(run);
	}
	ck_assert_mem_eq(chosen[0], chosen[1], N);
	for (i = 4; i < N; i++)
		neighbours += chosen[0][i] && chosen[0][i - 4];
	ck_assert_int_lt(neighbours, N / 4 * 9 / 10);
}
END_TEST

START_TEST(snaplen_below_the_packet_size_counts_as_cut)
{
	struct native_run *run = start(0, udp.size - 1, 0);

	feed(run, &udp, udp.size, udp.size, 3);
	ck_assert_uint_eq(end(run).cut, 3);
	run = start(0, udp.size, 0);
	feed(run, &udp, udp.size, udp.size, 3);
	feed(run, &udp, udp.size - 1, udp.size, 2);
	ck_assert_uint_eq(end(run).cut, 2);
}
END_TEST

START_TEST(truncated_and_malformed_packets_are_also_delivered)
{
	struct native_run *run = start(0, 0, 0);
	struct ebpfi_ledger ledger;

	feed(run, &udp, 20, udp.size, 2);
	feed(run, &udp, 20, 20, 3);
	ledger = end(run);
	ck_assert_uint_eq(ledger.delivered, 5);
	ck_assert_uint_eq(ledger.truncated, 2);
	ck_assert_uint_eq(ledger.malformed, 3);
}
END_TEST

START_TEST(knobs_are_set_by_name_and_size)
{
	struct native_run *run = start(0, 0, 0);
	uint64_t wide = 0;

	ck_assert_int_eq(native_run_set(run, "no such knob", &wide, 4), -ENOENT);
	ck_assert_int_eq(native_run_set(run, "snaplen", &wide, sizeof(wide)), -EINVAL);
	end(run);
}
END_TEST

/* A host may replay in another replay's callback, or alternate between two sessions. */
START_TEST(nested_runs_share_nothing)
{
	struct native_run *outer = start(0, 0, 0), *inner = start(0, udp.size, 0);
	struct ebpfi_ledger ledger;

	feed(inner, &udp, udp.size - 1, udp.size, 2);
	ledger = end(inner);
	ck_assert_uint_eq(ledger.cut, 2);
	delivered = 0;
	feed(outer, &udp, udp.size - 1, udp.size, 3);
	ledger = end(outer);
	ck_assert_uint_eq(ledger.seen, 3);
	ck_assert_uint_eq(ledger.cut, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ring_with_room_delivers_all,
		full_ring_loses_the_record,
		sampling_one_in_one_takes_all,
		sampling_chooses_the_same_packets_each_time,
		snaplen_below_the_packet_size_counts_as_cut,
		truncated_and_malformed_packets_are_also_delivered,
		knobs_are_set_by_name_and_size,
		nested_runs_share_nothing,
	};
	const TTest *const rates[] = { sampling_keeps_about_the_requested_share };

	return RUN_TESTS("ledger", NULL, tests) | RUN_LOOPS("sampling", NULL, rates, 4);
}
