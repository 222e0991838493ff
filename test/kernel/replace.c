/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Replacing the program of a link. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "ledger.h"
#include "links.h"
#include "runner.h"
#include "stranger.h"

struct sender {
	pthread_t thread;
	atomic_int stop;
	atomic_uint sent;
};

static void *send_frames(void *ctx)
{
	struct sender *sender = ctx;

	while (!sender->stop) {
		lab_send("veth0", udp_frame, sizeof(udp_frame));
		sender->sent++;
	}
	return NULL;
}

static int count_version(void *ctx, const void *data, size_t size)
{
	ck_assert_uint_ge(size, 4);
	((unsigned int *)ctx)[*(const uint32_t *)data]++;
	return 0;
}

static void load_version(struct ebpfi *s, const char *name, uint32_t version, unsigned int *counts)
{
	struct ebpfi_knob knob = { "version", &version, sizeof(version) };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };
	char ring[32];

	snprintf(ring, sizeof(ring), "%s.ring", name);
	ck_assert_msg(!ebpfi_load_file(s, name, TEST_OBJECTS "/version.o", &opts), "%s", ebpfi_errmsg(s));
	ck_assert_msg(!ebpfi_on_record(s, ring, count_version, counts), "%s", ebpfi_errmsg(s));
}

static void wait_for_frames(const struct sender *sender, unsigned int n)
{
	unsigned int from = sender->sent;

	while (sender->sent - from < n)
		sched_yield();
}

START_TEST(replacing_a_program_misses_no_packet)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(_i);
	unsigned int i, counts[3] = { 0 };
	struct sender sender = { 0 };
	int link;

	lab_veth("veth0", "veth1");
	load_version(s, "one", 1, counts);
	load_version(s, "two", 2, counts);
	link = attach(s, "one", "veth1", &opts);
	ck_assert_int_eq(pthread_create(&sender.thread, NULL, send_frames, &sender), 0);
	for (i = 0; i < 30; i++) {
		wait_for_frames(&sender, 10);
		ck_assert_msg(!ebpfi_replace(s, link, i % 2 ? "one" : "two"), "%s", ebpfi_errmsg(s));
		ck_assert_str_eq(info_of(s, link).inspector, i % 2 ? "one" : "two");
		ck_assert_int_ge(ebpfi_poll(s, 0), 0);
	}
	sender.stop = 1;
	pthread_join(sender.thread, NULL);
	while (counts[1] + counts[2] < sender.sent)
		ck_assert_int_gt(ebpfi_poll(s, 2000), 0);
	ck_assert_uint_eq(counts[1] + counts[2], sender.sent);
	ck_assert_uint_gt(counts[1], 0);
	ck_assert_uint_gt(counts[2], 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(impossible_replacement_is_refused)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on(EBPFI_HOOK_XDP);
	int link;

	lab_veth("veth0", "veth1");
	ck_assert_msg(!ebpfi_load_file(s, "records", TEST_OBJECTS "/records.o", NULL), "%s", ebpfi_errmsg(s));
	link = attach(s, "packet", "veth1", &opts);
	ck_assert_int_eq(ebpfi_replace(s, link, "nothing"), -ENOENT);
	ck_assert_int_eq(ebpfi_replace(s, link + 1, "packet"), -ENOENT);
	ck_assert_int_eq(ebpfi_replace(s, link, "records"), -EINVAL);
	says(s, "fragments");
	ck_assert_str_eq(info_of(s, link).inspector, "packet");
	lab_send("veth0", udp_frame, sizeof(udp_frame));
	ledger_after(s, 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(replacing_on_a_deleted_interface_is_refused_with_the_reason)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_attach_opts opts = on_way(_i);
	unsigned int counts[3];
	int link;

	lab_veth("veth0", "veth1");
	load_version(s, "one", 1, counts);
	link = attach(s, "packet", "veth1", &opts);
	lab_run("ip link del veth0");
	ck_assert_uint_eq(info_of(s, link).ifindex, 0);
	ck_assert_int_lt(ebpfi_replace(s, link, "one"), 0);
	ck_assert_int_eq(ebpfi_detach(s, link), 0);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { impossible_replacement_is_refused };
	const TTest *const on_each_hook[] = {
		replacing_a_program_misses_no_packet,
		replacing_on_a_deleted_interface_is_refused_with_the_reason,
	};

	lab_require();
	return RUN_TESTS("replace", lab_setup, tests) | RUN_LOOPS("replace, each hook", lab_setup, on_each_hook, WAYS);
}
