/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The host's own objects: loading, knobs, choosing a program, ring and perf records, printed lines. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"
#include "runner.h"

#define OBJECT TEST_OBJECTS "/records.o"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

struct record {
	uint32_t length, knob;
};

static struct ebpfi *load(const struct ebpfi_object_opts *opts)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_msg(!ebpfi_load_file(s, "mine", OBJECT, opts), "%s", ebpfi_errmsg(s));
	return s;
}

static void attach(struct ebpfi *s, const char *interface, enum ebpfi_hook hook)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook };

	ck_assert_msg(ebpfi_attach(s, "mine", interface, &opts) > 0, "%s", ebpfi_errmsg(s));
}

static int keep(void *ctx, const void *data, size_t size)
{
	ck_assert_uint_ge(size, sizeof(struct record));
	memcpy(ctx, data, sizeof(struct record));
	return 0;
}

static int count(void *ctx, const void *data, size_t size)
{
	(void)data;
	(void)size;
	++*(uint64_t *)ctx;
	return 0;
}

START_TEST(ring_records_reach_the_function_and_knobs_the_program)
{
	const uint32_t seven = 7;
	const struct ebpfi_knob knob = { "knob", &seven, sizeof(seven) };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };
	struct record record = { 0 };
	struct ebpfi *s = load(&opts);

	lab_veth("veth0", "veth1");
	attach(s, "veth1", EBPFI_HOOK_TC);
	ck_assert_int_eq(ebpfi_on_record(s, "mine.ring", keep, &record), 0);
	ck_assert_int_eq(ebpfi_on_record(s, "mine.ring", keep, &record), -EALREADY);
	lab_send("veth0", frame, sizeof(frame));
	ck_assert_int_eq(ebpfi_poll(s, 2000), 1);
	ck_assert_uint_eq(record.length, sizeof(frame));
	ck_assert_uint_eq(record.knob, 7);
	ebpfi_free(s);
}
END_TEST

START_TEST(perf_records_reach_the_function)
{
	struct record record = { 0 };
	struct ebpfi *s = load(NULL);

	lab_veth("veth0", "veth1");
	attach(s, "veth0", EBPFI_HOOK_TC_EGRESS);
	ck_assert_msg(!ebpfi_on_record(s, "mine.perf", keep, &record), "%s", ebpfi_errmsg(s));
	lab_send("veth0", frame, sizeof(frame));
	ck_assert_int_eq(ebpfi_poll(s, 2000), 1);
	ck_assert_uint_eq(record.length, sizeof(frame));
	ck_assert_uint_eq(record.knob, 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(records_lost_at_a_full_ring_are_counted)
{
	struct ebpfi_record_stats stats = { .sz = sizeof(stats) };
	uint64_t seen = 0;
	struct ebpfi *s = load(NULL);
	int i, n = 1000;

	lab_veth("veth0", "veth1");
	attach(s, "veth1", EBPFI_HOOK_TC);
	ck_assert_int_eq(ebpfi_on_record(s, "mine.ring", count, &seen), 0);
	for (i = 0; i < n; i++)
		lab_send("veth0", frame, sizeof(frame));
	ck_assert_int_gt(ebpfi_poll(s, 2000), 0);
	while (ebpfi_poll(s, 0) > 0)
		;
	ck_assert_int_eq(ebpfi_record_stats(s, "mine.ring", &stats), 0);
	ck_assert_uint_gt(stats.lost, 0);
	ck_assert_uint_eq(stats.delivered, seen);
	ck_assert_uint_eq(stats.delivered + stats.lost, n);
	ebpfi_free(s);
}
END_TEST

struct line {
	char text[64];
	uint64_t time_ns;
};

static int keep_line(void *ctx, const struct ebpfi_trace *trace)
{
	struct line *line = ctx;

	if (!strncmp(trace->text, "ebpfi test", 10)) {
		snprintf(line->text, sizeof(line->text), "%s", trace->text);
		line->time_ns = trace->time_ns;
	}
	return 0;
}

START_TEST(printed_lines_come_through_the_same_poll_and_leave_no_instance)
{
	struct line line = { "", 0 };
	char wanted[64];
	struct ebpfi *s;
	int i;

	lab_tracefs();
	s = load(NULL);
	lab_veth("veth0", "veth1");
	ck_assert_msg(!ebpfi_on_trace(s, keep_line, &line), "%s", ebpfi_errmsg(s));
	attach(s, "veth1", EBPFI_HOOK_XDP);
	lab_send("veth0", frame, sizeof(frame));
	for (i = 0; i < 100 && !*line.text; i++)
		ebpfi_poll(s, 100);
	snprintf(wanted, sizeof(wanted), "ebpfi test on %u", if_nametoindex("veth1"));
	ck_assert_str_eq(line.text, wanted);
	ck_assert_uint_gt(line.time_ns, 0);
	ebpfi_free(s);
	snprintf(wanted, sizeof(wanted), "/sys/kernel/tracing/instances/ebpfinspect-%d-0", getpid());
	ck_assert_int_ne(access(wanted, F_OK), 0);
}
END_TEST

START_TEST(programs_are_listed_when_none_or_many_fit)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts) };
	struct ebpfi *s = load(NULL);

	ck_assert_int_eq(ebpfi_attach(s, "mine", "lo", &opts), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(ebpfi_errmsg(s), "to_ring (tc), to_perf (tc-egress), to_trace (xdp), to_nowhere (socket)"));
	opts.program = "missing";
	ck_assert_int_eq(ebpfi_attach(s, "mine", "lo", &opts), -ENOENT);
	opts.program = "to_nowhere";
	ck_assert_int_gt(ebpfi_attach(s, "mine", "lo", &opts), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(files_other_than_objects_are_refused_with_a_reason)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_int_eq(ebpfi_load_file(s, "mine", "/nowhere/x.o", NULL), -ENOENT);
	ck_assert_int_eq(ebpfi_load_file(s, "mine", "/proc/self/exe", NULL), -ENOEXEC);
	ck_assert_int_eq(ebpfi_load_mem(s, "mine", "text", 4, NULL), -ENOEXEC);
	ck_assert_int_eq(ebpfi_load_mem(s, "mine", "", 0, NULL), -ENOEXEC);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "mine"));
	ebpfi_free(s);
}
END_TEST

START_TEST(knobs_missing_or_of_another_size_are_refused)
{
	const uint64_t wide = 7;
	struct ebpfi_knob knob = { "knob", &wide, sizeof(wide) };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_int_eq(ebpfi_load_file(s, "mine", OBJECT, &opts), -EINVAL);
	knob.name = "knot";
	ck_assert_int_eq(ebpfi_load_file(s, "mine", OBJECT, &opts), -ENOENT);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "knot"));
	ck_assert_int_eq(ebpfi_load_file(s, "mine", OBJECT, NULL), 0);
	ck_assert_int_eq(ebpfi_load_file(s, "mine", OBJECT, NULL), -EALREADY);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ring_records_reach_the_function_and_knobs_the_program,
		perf_records_reach_the_function,
		records_lost_at_a_full_ring_are_counted,
		printed_lines_come_through_the_same_poll_and_leave_no_instance,
		programs_are_listed_when_none_or_many_fit,
		files_other_than_objects_are_refused_with_a_reason,
		knobs_missing_or_of_another_size_are_refused,
	};

	lab_require();
	return RUN_TESTS("records", lab_setup, tests);
}
