/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Messages about refused objects: the program, the line of C and one sentence. Nothing is printed. */
#include <bpf/libbpf.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"
#include "runner.h"

static struct ebpfi_knob knob = { "mistake", NULL, sizeof(uint32_t) };
static const struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };
static char printed[] = "/tmp/ebpfi-words-XXXXXX";

/* The output of the process goes into a file, which must stay empty. */
static void setup(void)
{
	int fd = mkstemp(printed);

	lab_setup();
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	unlink(printed);
	close(fd);
}

static void assert_nothing_printed(void)
{
	fflush(NULL);
	ck_assert_int_eq(lseek(STDERR_FILENO, 0, SEEK_END), 0);
}

static void assert_words(const struct ebpfi *s, const char *words)
{
	ck_assert_msg(strstr(ebpfi_errmsg(s), words) != NULL, "\"%s\" is not in \"%s\"", words, ebpfi_errmsg(s));
}

/* The message begins with `start` and contains `words`. */
static void refuses_mistake(uint32_t mistake, int expected, const char *start, const char *words)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	knob.value = &mistake;
	ck_assert_int_eq(ebpfi_load_file(s, "mine", TEST_OBJECTS "/broken.o", &opts), expected);
	ck_assert_msg(!strncmp(ebpfi_errmsg(s), start, strlen(start)), "%s", ebpfi_errmsg(s));
	assert_words(s, words);
	assert_nothing_printed();
	ebpfi_free(s);
}

/* expected 0: any failure, since libbpf's own error numbers differ between releases. */
static void refuses_object(const char *path, int expected, const char *words)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int err = ebpfi_load_file(s, "mine", path, NULL);

	ck_assert_int_lt(err, 0);
	ck_assert(!expected || err == expected);
	assert_words(s, words);
	assert_nothing_printed();
	ebpfi_free(s);
}

static void keep_only(unsigned int one, unsigned int other)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t kept = 1ULL << one | 1ULL << other;

	data[0].effective = data[0].permitted = (uint32_t)kept;
	data[1].effective = data[1].permitted = (uint32_t)(kept >> 32);
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
}

START_TEST(correct_object_loads_silently)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_msg(!ebpfi_load_file(s, "mine", TEST_OBJECTS "/broken.o", NULL), "%s", ebpfi_errmsg(s));
	assert_nothing_printed();
	ebpfi_free(s);
}
END_TEST

START_TEST(unchecked_lookup_in_a_called_function_is_named)
{
	refuses_mistake(1, -EACCES, "cannot load mine: program breaks: broken.bpf.c:30: the pointer that bpf_map_lookup_elem",
			"(return *found + 1;)");
}
END_TEST

START_TEST(packet_access_without_a_check_is_named)
{
	refuses_mistake(2, -EACCES, "cannot load mine: program breaks: broken.bpf.c:37: packet bytes are used",
			"(return data[12] == 8 ? XDP_DROP : XDP_PASS;)");
}
END_TEST

START_TEST(loop_without_an_end_is_named)
{
	refuses_mistake(3, -EINVAL, "cannot load mine: program breaks: broken.bpf.c:42: ", "loop");
}
END_TEST

START_TEST(reservation_without_a_submit_is_named)
{
	refuses_mistake(4, -EINVAL, "cannot load mine: program breaks: broken.bpf.c:49: what was reserved",
			"(__u64 *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);)");
}
END_TEST

START_TEST(helper_that_no_kernel_has_is_named)
{
	refuses_mistake(5, -EINVAL,
			"cannot load mine: program breaks: broken.bpf.c:86: ", "does not have the helper number 500");
}
END_TEST

START_TEST(index_without_a_limit_is_named)
{
	refuses_mistake(6, -EACCES, "cannot load mine: program breaks: broken.bpf.c:64: ", "has no upper limit");
}
END_TEST

START_TEST(pointer_arithmetic_names_its_capability)
{
	keep_only(CAP_BPF, CAP_NET_ADMIN);
	refuses_mistake(7, -EACCES, "cannot load mine: program breaks: broken.bpf.c:71: ", "CAP_PERFMON");
}
END_TEST

START_TEST(program_names_its_capability)
{
	keep_only(CAP_BPF, CAP_NET_RAW);
	refuses_object(TEST_OBJECTS "/broken.o", -EPERM, "CAP_NET_ADMIN missing");
}
END_TEST

START_TEST(map_names_its_capability)
{
	keep_only(CAP_NET_RAW, CAP_NET_RAW);
	refuses_object(TEST_OBJECTS "/broken.o", -EPERM, "CAP_BPF");
}
END_TEST

START_TEST(devmap_names_its_capability)
{
	keep_only(CAP_BPF, CAP_NET_RAW);
	refuses_object(TEST_OBJECTS "/programs.o", -EPERM, "map devices: CAP_NET_ADMIN missing");
}
END_TEST

START_TEST(too_large_map_is_named_with_its_sizes)
{
	refuses_object(TEST_OBJECTS "/large_map.o", -E2BIG,
		       "map large: it is larger than the kernel allows (key 4 bytes, value 40000 bytes, 1 entries)");
}
END_TEST

START_TEST(unknown_section_is_named)
{
	refuses_object(TEST_OBJECTS "/no_section.o", -EINVAL, "\"teapot\"");
}
END_TEST

START_TEST(missing_kernel_function_is_named)
{
	refuses_object(TEST_OBJECTS "/no_kfunc.o", 0, "this kernel does not have the function bpf_from_the_future");
}
END_TEST

/* A kernel that has the function loads the object. */
START_TEST(missing_kernel_function_is_named_with_its_release)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	if (ebpfi_load_file(s, "mine", TEST_OBJECTS "/new_kfunc.o", NULL))
		assert_words(s, "does not have the function bpf_dynptr_from_xdp, which came with Linux 6.4");
	ebpfi_free(s);
}
END_TEST

/* A kernel that has the helper complains about its argument. */
START_TEST(missing_helper_is_named_with_its_release)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_int_lt(ebpfi_load_file(s, "mine", TEST_OBJECTS "/new_helper.o", NULL), 0);
	if (!strstr(ebpfi_errmsg(s), "argument 1 of bpf_cgrp_storage_delete"))
		assert_words(s, "new_helper.bpf.c:11: this kernel does not have the helper bpf_cgrp_storage_delete, which came "
				"with Linux 6.2");
	assert_nothing_printed();
	ebpfi_free(s);
}
END_TEST

START_TEST(file_other_than_an_object_is_named)
{
	refuses_object("/etc/passwd", -ENOEXEC, "not a BPF object");
	refuses_object("/nowhere.o", -ENOENT, "/nowhere.o");
}
END_TEST

struct heard {
	bool start, end, instruction;
	int warnings;
};

static void listen(void *ctx, enum ebpfi_log_level level, const char *text)
{
	struct heard *heard = ctx;

	ck_assert_ptr_null(strchr(text, '\n'));
	if (level == EBPFI_LOG_WARNING)
		heard->warnings++;
	if (level != EBPFI_LOG_DEBUG)
		return;
	heard->start = heard->start || strstr(text, "BEGIN PROG LOAD LOG");
	heard->instruction = heard->instruction || strstr(text, "call bpf_map_lookup_elem#1");
	heard->end = heard->end || strstr(text, "END PROG LOAD LOG");
}

START_TEST(log_function_gets_the_whole_verifier_log_line_by_line)
{
	const uint32_t first = 1;
	struct heard heard = { 0 };
	struct ebpfi_opts session = { .sz = sizeof(session), .log = listen, .log_ctx = &heard };
	struct ebpfi *s = ebpfi_new(NULL, NULL, &session);

	knob.value = &first;
	ck_assert_int_eq(ebpfi_load_file(s, "mine", TEST_OBJECTS "/broken.o", &opts), -EACCES);
	ck_assert(heard.start && heard.instruction && heard.end);
	ck_assert_int_gt(heard.warnings, 0);
	assert_nothing_printed();
	ebpfi_free(s);
}
END_TEST

START_TEST(print_function_of_the_host_keeps_our_messages)
{
	ebpfi_free(ebpfi_new(NULL, NULL, NULL));
	libbpf_set_print(NULL);
	refuses_mistake(1, -EACCES, "cannot load mine: program breaks: broken.bpf.c:30: the pointer that bpf_map_lookup_elem",
			"(return *found + 1;)");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		correct_object_loads_silently,
		unchecked_lookup_in_a_called_function_is_named,
		packet_access_without_a_check_is_named,
		loop_without_an_end_is_named,
		reservation_without_a_submit_is_named,
		helper_that_no_kernel_has_is_named,
		index_without_a_limit_is_named,
		pointer_arithmetic_names_its_capability,
		program_names_its_capability,
		map_names_its_capability,
		devmap_names_its_capability,
		too_large_map_is_named_with_its_sizes,
		unknown_section_is_named,
		missing_kernel_function_is_named,
		missing_kernel_function_is_named_with_its_release,
		missing_helper_is_named_with_its_release,
		file_other_than_an_object_is_named,
		log_function_gets_the_whole_verifier_log_line_by_line,
		print_function_of_the_host_keeps_our_messages,
	};

	lab_require();
	return RUN_TESTS("words", setup, tests);
}
