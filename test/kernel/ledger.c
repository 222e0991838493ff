/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The loss ledger on the running kernel: every lost packet is counted. */
#include <ebpfinspect/ebpfinspect.h>
#include <pthread.h>

#include "frames.h"
#include "lab.h"
#include "ledger.h"
#include "runner.h"

enum { FLOOD = 20000 };

static int callbacks;

static int count(void *ctx, const struct ebpfi_event *event)
{
	(void)ctx, (void)event;
	callbacks++;
	return 0;
}

static struct ebpfi *start(struct ebpfi_load_opts opts, enum ebpfi_hook hook, const char *interface)
{
	struct ebpfi_attach_opts at = { .sz = sizeof(at), .hook = hook };
	struct ebpfi *s = ebpfi_new(count, NULL, NULL);

	opts.sz = sizeof(opts);
	lab_veth("veth0", "veth1");
	ck_assert_int_eq(ebpfi_load(s, "packet", &opts), 0);
	ck_assert_msg(ebpfi_attach(s, "packet", interface, &at) > 0, "%s", ebpfi_errmsg(s));
	return s;
}

static void drain(struct ebpfi *s)
{
	while (ebpfi_poll(s, 100) > 0)
		;
}

static struct ebpfi_ledger end(struct ebpfi *s)
{
	struct ebpfi_ledger l;

	drain(s);
	l = ledger_of(s);
	ck_assert_uint_eq(l.seen, ledger_sum(&l));
	ck_assert_uint_eq(l.delivered, callbacks);
	ebpfi_free(s);
	return l;
}

/* The hooks that run inside the sender's system call, so that only the ring can lose a packet. */
static const struct {
	enum ebpfi_hook hook;
	const char *interface;
} hooks[] = {
	{ EBPFI_HOOK_TC_EGRESS, "veth0" },
	{ EBPFI_HOOK_SOCKET, "veth0" },
};

START_TEST(flood_into_a_small_ring_is_counted_packet_by_packet)
{
	struct ebpfi *s = start((struct ebpfi_load_opts){ .ring_size = 4096 }, hooks[_i].hook, hooks[_i].interface);
	struct ebpfi_ledger ledger;

	lab_flood("veth0", udp.bytes, udp.size, FLOOD);
	ledger = end(s);
	ck_assert_uint_eq(ledger.seen, FLOOD);
	ck_assert_uint_gt(ledger.lost_ring, 0);
	ck_assert_uint_gt(ledger.delivered, 0);
}
END_TEST

static void *flood(void *ctx)
{
	(void)ctx;
	lab_flood("veth0", udp.bytes, udp.size, FLOOD);
	return NULL;
}

START_TEST(flood_from_two_threads_while_polling_is_counted_packet_by_packet)
{
	struct ebpfi *s = start(
		(struct ebpfi_load_opts){ .ring_size = 4096,
					  .options = (struct ebpfi_option[]){ { "snaplen", 200 }, { "sample", 3 }, { 0 } } },
		hooks[_i].hook, hooks[_i].interface);
	struct ebpfi_ledger ledger;
	pthread_t threads[2];
	int i;

	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, flood, NULL), 0);
	drain(s);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ledger = end(s);
	ck_assert_uint_eq(ledger.seen, 2 * FLOOD);
	ck_assert_uint_gt(ledger.sampled, FLOOD);
	ck_assert_uint_gt(ledger.delivered, 0);
}
END_TEST

/* A driver's queue may drop packets before XDP; the inspector does not see them. */
START_TEST(flood_through_xdp_is_counted_packet_by_packet)
{
	struct ebpfi *s = start((struct ebpfi_load_opts){ .ring_size = 4096 }, EBPFI_HOOK_XDP, "veth1");
	struct ebpfi_ledger ledger;

	lab_flood("veth0", udp.bytes, udp.size, FLOOD);
	ledger = end(s);
	ck_assert_uint_gt(ledger.lost_ring, 0);
	ck_assert_uint_le(ledger.seen, FLOOD);
}
END_TEST

START_TEST(sampling_counts_the_packets_that_it_leaves_out)
{
	struct ebpfi *s = start((struct ebpfi_load_opts){ .options = (struct ebpfi_option[]){ { "sample", 10 }, { 0 } } },
				EBPFI_HOOK_TC_EGRESS, "veth0");
	struct ebpfi_ledger ledger;

	lab_flood("veth0", udp.bytes, udp.size, FLOOD);
	ledger = end(s);
	ck_assert_uint_eq(ledger.seen, FLOOD);
	ck_assert_uint_gt(ledger.delivered, FLOOD / 10 * 8 / 10);
	ck_assert_uint_lt(ledger.delivered, FLOOD / 10 * 12 / 10);
	ck_assert_uint_eq(ledger.sampled, FLOOD - ledger.delivered);
}
END_TEST

START_TEST(ring_with_room_loses_no_packet)
{
	struct ebpfi *s = start((struct ebpfi_load_opts){ .options = (struct ebpfi_option[]){ { "snaplen", 46 }, { 0 } } },
				EBPFI_HOOK_TC_EGRESS, "veth0");
	struct ebpfi_ledger ledger;

	lab_flood("veth0", udp.bytes, udp.size, 1000);
	lab_flood("veth0", tagged.bytes, tagged.size, 10);
	lab_flood("veth0", bad_tcp_offset.bytes, bad_tcp_offset.size, 5);
	ledger = end(s);
	ck_assert_uint_eq(ledger.delivered, 1015);
	ck_assert_uint_eq(ledger.cut, 15);
	ck_assert_uint_eq(ledger.malformed, 5);
	ck_assert_uint_eq(ledger.truncated, 0);
}
END_TEST

int main(void)
{
	const TTest *const by_hook[] = {
		flood_into_a_small_ring_is_counted_packet_by_packet,
		flood_from_two_threads_while_polling_is_counted_packet_by_packet,
	};
	const TTest *const tests[] = {
		flood_through_xdp_is_counted_packet_by_packet,
		sampling_counts_the_packets_that_it_leaves_out,
		ring_with_room_loses_no_packet,
	};

	lab_require();
	return RUN_LOOPS("floods", lab_setup, by_hook, 2) | RUN_TESTS("ledger", lab_setup, tests);
}
