/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The files in unit/verifier are logs from the kernels in their names; "#### NAME" begins a log. */
#include "verifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "line_info.h"
#include "runner.h"

/* The expected result for a log. Kernels since 6.8 write `line` into the log. */
struct expected {
	const char *name, *cause, *source;
	uint32_t line;
};

static const struct expected all[] = {
	{ "bad_arg", "argument 1 of bpf_map_lookup_elem is of type ctx, but must be one of: map_ptr",
	  "return (long)bpf_map_lookup", 10 },
	{ "bad_ctx", "a member of the context is used that programs of this type do not have", "return *(__u32 *)((char *)ctx",
	  10 },
	{ "changed_packet", "a number is used as a pointer; a packet pointer becomes one", "return data[12] == 8", 15 },
	{ "const_write", "a const global, is written", "*(volatile __u32 *)&limit = 4;", 11 },
	{ "deep_stack", "need more than 512 bytes of stack", "", 0 },
	{ "exit_code", "returns a value that this type of program must not return", "return 9;", 10 },
	{ "leak_no_perfmon", "or while it holds a pointer", "bpf_map_update_elem(&counts", 12 },
	{ "loop", "the loop has no end", "while (ctx->rx_queue_index != 77)", 12 },
	{ "no_license", "programs under the GPL only", "bpf_printk(\"hello\");", 10 },
	{ "null_lookup", "the pointer that bpf_map_lookup_elem returned is used before it is checked for NULL", "(*value)++;",
	  13 },
	{ "null_passed", "the pointer that bpf_map_lookup_elem returned is passed on before", "bpf_map_delete_elem(", 13 },
	{ "null_ring", "the pointer that bpf_ringbuf_reserve returned is used before it is checked", "*r = 1;", 12 },
	{ "packet_bounds", "packet bytes are used without a check against data_end", "return data[12] == 8", 12 },
	{ "past_value", "bytes beyond the map's value are used (\"invalid access to map value, value_size=8 off=8 size=8\")",
	  "value[1] = 7;", 15 },
	{ "pkt_sub_no_perfmon", "one pointer is subtracted from another, which needs CAP_PERFMON", "return (ctx->data_end",
	  10 },
	{ "printk_no_perfmon", "bpf_trace_printk needs CAP_PERFMON", "bpf_printk(\"hello\");", 10 },
	{ "subprog", "the pointer that bpf_map_lookup_elem returned is used before", "return *value + 1;", 13 },
	{ "unbounded", "an index has no upper limit", "return value[ctx->rx_queue_index];", 16 },
	{ "unbounded_no_perfmon", "the index into a map's value has no upper limit; without CAP_PERFMON",
	  "return value[ctx->rx_queue_index];", 16 },
	{ "uninit", "a variable is used that has no value on some path (\"R5 !read_ok\")", "asm volatile", 11 },
	{ "unknown_helper", "this kernel does not have the helper number 500", "return bpf_from_the_future();", 11 },
	{ "unreleased", "what was reserved or looked up is not released on every path", "__u64 *r = bpf_ringbuf_reserve", 10 },
	{ "wrong_helper", "bpf_skb_change_tail cannot be called by programs of this type", "return bpf_skb_change_tail", 10 },
};

enum { ALL = sizeof(all) / sizeof(all[0]) };

static char *read_logs(const char *kernel)
{
	char path[512], *bytes;
	size_t size;

	snprintf(path, sizeof(path), EBPFI_SOURCE "/test/unit/verifier/%s.log", kernel);
	ck_assert_msg(!file_read(path, 1 << 20, &bytes, &size), "%s", path);
	return bytes;
}

/* The log with a name, from the logs of a kernel; the caller frees it. */
static char *log_named(const char *logs, const char *name)
{
	char head[64];
	const char *at, *end;

	snprintf(head, sizeof(head), "#### %s\n", name);
	at = strstr(logs, head);
	ck_assert_msg(at != NULL, "%s", name);
	at += strlen(head);
	end = strstr(at, "####");
	return end ? strndup(at, (size_t)(end - at)) : strdup(at);
}

static void check_one(const char *log, const struct expected *e, bool with_lines)
{
	struct refusal refusal;

	ck_assert(verifier_reduce(log, &refusal));
	ck_assert_msg(strstr(refusal.cause, e->cause) != NULL, "%s: %s", e->name, refusal.cause);
	ck_assert_msg(!strncmp(refusal.source, e->source, strlen(e->source)), "%s: %s", e->name, refusal.source);
	ck_assert_msg(*e->source || !*refusal.source, "%s: %s", e->name, refusal.source);
	ck_assert_uint_eq(refusal.line, with_lines ? e->line : 0);
	ck_assert_int_eq(refusal.placed, *e->source != '\0');
	if (refusal.line)
		ck_assert_int_eq(strncmp(refusal.file, e->name, strcspn(refusal.file, ".")), 0);
}

static void check_kernel(const char *kernel, bool with_lines)
{
	char *log, *logs = read_logs(kernel);
	int i;

	for (i = 0; i < ALL; i++) {
		log = log_named(logs, all[i].name);
		check_one(log, &all[i], with_lines);
		free(log);
	}
	free(logs);
}

START_TEST(logs_of_6_1_are_reduced)
{
	check_kernel("6.1", false);
}
END_TEST

START_TEST(logs_of_6_12_are_reduced)
{
	check_kernel("6.12", true);
}
END_TEST

START_TEST(logs_of_6_18_are_reduced)
{
	check_kernel("6.18", true);
}
END_TEST

START_TEST(one_million_instructions_are_reported_as_too_complex)
{
	const struct expected e = { "too_large", "the verifier gave up after 1 million steps", "sum += bpf_get_prandom", 14 };
	char *logs = read_logs("6.18"), *log = log_named(logs, "too_large");

	check_one(log, &e, true);
	free(log);
	free(logs);
}
END_TEST

START_TEST(helper_that_is_too_new_is_named_with_its_release)
{
	struct refusal refusal;

	ck_assert(verifier_reduce("0: (85) call unknown#210\ninvalid func unknown#210\nprocessed 1 insns\n", &refusal));
	ck_assert_str_eq(refusal.cause, "this kernel does not have the helper bpf_cgrp_storage_get, which came with Linux 6.2");
}
END_TEST

START_TEST(unknown_last_words_are_repeated)
{
	struct refusal refusal;

	ck_assert(verifier_reduce("3: (b4) w0 = 1\nfirst\nthe dog ate it\nprocessed 3 insns\n", &refusal));
	ck_assert_str_eq(refusal.cause, "the verifier says \"the dog ate it\"");
	ck_assert_uint_eq(refusal.insn, 3);
}
END_TEST

START_TEST(empty_log_gives_no_reason)
{
	struct refusal refusal;

	ck_assert(!verifier_reduce("", &refusal));
	ck_assert(!verifier_reduce("processed 0 insns (limit 1000000)\n", &refusal));
}
END_TEST

START_TEST(every_cut_of_a_log_is_survived)
{
	char *logs = read_logs("6.18"), *log = log_named(logs, "unreleased");
	size_t n = strlen(log);
	struct refusal refusal;

	for (; n; n--) {
		log[n] = '\0';
		verifier_reduce(log, &refusal);
		ck_assert_uint_lt(strlen(refusal.cause), sizeof(refusal.cause));
	}
	free(log);
	free(logs);
}
END_TEST

static struct image read_object(void)
{
	struct image image;
	char *bytes;

	ck_assert_int_eq(file_read(TEST_OBJECTS "/broken.o", 1 << 20, &bytes, &image.size), 0);
	image.bytes = bytes;
	return image;
}

START_TEST(line_of_an_instruction_is_found)
{
	struct image image = read_object();
	struct source_line line;

	ck_assert(line_info_find(&image, "breaks", 0, "", &line));
	ck_assert_str_eq(line.file, "broken.bpf.c");
	ck_assert_uint_eq(line.line, 74);
	ck_assert_ptr_nonnull(strstr(line.source, "int breaks(struct xdp_md *ctx)"));
	ck_assert(!line_info_find(&image, "nowhere", 0, "", &line));
	free((void *)image.bytes);
}
END_TEST

START_TEST(line_of_a_called_function_is_found_by_its_text)
{
	struct image image = read_object();
	struct source_line line;

	ck_assert(line_info_find(&image, "breaks", 100000, "return *found + 1;", &line));
	ck_assert_uint_eq(line.line, 30);
	ck_assert(!line_info_find(&image, "breaks", 100000, "there is no such line", &line));
	free((void *)image.bytes);
}
END_TEST

/* A copy of exact size, so that a sanitizer detects each read past its end. */
START_TEST(every_cut_of_an_object_is_survived)
{
	struct image image = read_object(), cut;
	struct source_line line;
	char *copy;

	for (cut.size = 1; cut.size < image.size; cut.size += 13) {
		copy = malloc(cut.size);
		memcpy(copy, image.bytes, cut.size);
		cut.bytes = copy;
		line_info_find(&cut, "breaks", 0, "", &line);
		free(copy);
	}
	ck_assert(line_info_find(&image, "breaks", 0, "", &line));
	free((void *)image.bytes);
}
END_TEST

START_TEST(every_inverted_byte_of_an_object_is_survived)
{
	struct image image = read_object();
	struct source_line line;
	char *bytes = (char *)image.bytes;
	size_t i;

	for (i = 0; i < image.size; i++) {
		bytes[i] = (char)~bytes[i];
		line_info_find(&image, "breaks", 3, "", &line);
		bytes[i] = (char)~bytes[i];
	}
	ck_assert(line_info_find(&image, "breaks", 0, "", &line));
	free(bytes);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		logs_of_6_1_are_reduced,
		logs_of_6_12_are_reduced,
		logs_of_6_18_are_reduced,
		one_million_instructions_are_reported_as_too_complex,
		helper_that_is_too_new_is_named_with_its_release,
		unknown_last_words_are_repeated,
		empty_log_gives_no_reason,
		every_cut_of_a_log_is_survived,
		line_of_an_instruction_is_found,
		line_of_a_called_function_is_found_by_its_text,
		every_cut_of_an_object_is_survived,
		every_inverted_byte_of_an_object_is_survived,
	};

	return RUN_TESTS("verifier", NULL, tests);
}
