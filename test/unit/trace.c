/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "trace.h"

#include <string.h>

#include "runner.h"

static bool parses(const char *text, struct ebpfi_trace *trace)
{
	static char line[256];

	memset(trace, 0, sizeof(*trace));
	return trace_parse(strcpy(line, text), trace);
}

START_TEST(line_is_split_into_task_cpu_time_and_text)
{
	struct ebpfi_trace trace;

	ck_assert(parses("   my-task [x]-123   [001] d.s1.  12.345678: bpf_trace_printk: seen: 5", &trace));
	ck_assert_str_eq(trace.task, "my-task [x]");
	ck_assert_int_eq(trace.pid, 123);
	ck_assert_uint_eq(trace.cpu, 1);
	ck_assert_uint_eq(trace.time_ns, 12345678000);
	ck_assert_str_eq(trace.text, "seen: 5");
}
END_TEST

START_TEST(line_without_a_possible_time_is_refused)
{
	struct ebpfi_trace trace;

	ck_assert(!parses("task-1 [000] d.s1. inf: bpf_trace_printk: x", &trace));
	ck_assert(!parses("task-1 [000] d.s1. nan: bpf_trace_printk: x", &trace));
	ck_assert(!parses("task-1 [000] d.s1. -1.0: bpf_trace_printk: x", &trace));
	ck_assert(!parses("task-1 [000] d.s1. 1e300: bpf_trace_printk: x", &trace));
	ck_assert(!parses("no line of a trace", &trace));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		line_is_split_into_task_cpu_time_and_text,
		line_without_a_possible_time_is_refused,
	};

	return RUN_TESTS("trace", NULL, tests);
}
