/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* libbpf's print function belongs to the host: the library replaces it only during its calls. */
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libbpf_log.h"
#include "runner.h"
#include "session.h"

static int heard_by_host;

static int hear(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	heard_by_host++;
	return 0;
}

static void make_libbpf_print(void)
{
	ck_assert_ptr_null(bpf_object__open_mem("text", 4, NULL));
}

static void assert_host_hears(void)
{
	int before = heard_by_host;

	make_libbpf_print();
	ck_assert_int_gt(heard_by_host, before);
}

/* Loads a second copy of the library, beside the one linked into this test. */
static void use_and_close_library(void)
{
	void *library = dlopen(EBPFI_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	struct ebpfi *(*new_session)(ebpfi_event_fn fn, void *ctx, const struct ebpfi_opts *opts);
	int (*load_mem)(struct ebpfi * s, const char *name, const void *bytes, size_t size,
			const struct ebpfi_object_opts *opts);
	void (*free_session)(struct ebpfi * s);
	struct ebpfi *s;

	ck_assert_msg(library != NULL, "%s", dlerror());
	*(void **)&new_session = dlsym(library, "ebpfi_new");
	*(void **)&load_mem = dlsym(library, "ebpfi_load_mem");
	*(void **)&free_session = dlsym(library, "ebpfi_free");
	ck_assert(new_session != ebpfi_new);
	s = new_session(NULL, NULL, NULL);
	ck_assert_int_eq(load_mem(s, "mine", "text", 4, NULL), -ENOEXEC);
	free_session(s);
	ck_assert_int_eq(dlclose(library), 0);
}

START_TEST(libbpf_prints_after_the_library_was_closed)
{
	libbpf_set_print(hear);
	use_and_close_library();
	assert_host_hears();
}
END_TEST

START_TEST(host_function_is_restored_after_each_call)
{
	struct ebpfi *s;

	libbpf_set_print(hear);
	s = ebpfi_new(NULL, NULL, NULL);
	assert_host_hears();
	heard_by_host = 0;
	ck_assert_int_eq(ebpfi_load_mem(s, "mine", "text", 4, NULL), -ENOEXEC);
	ck_assert_int_eq(heard_by_host, 0);
	ck_assert(libbpf_set_print(hear) == hear);
	ebpfi_free(s);
}
END_TEST

static void say_reason(void)
{
	make_libbpf_print();
	ck_assert_str_ne(libbpf_log_last(), "");
}

START_TEST(function_set_between_calls_keeps_our_messages)
{
	struct ebpfi s = { 0 };

	libbpf_log_begin(&s);
	say_reason();
	libbpf_log_end();
	libbpf_set_print(hear);
	libbpf_log_begin(&s);
	ck_assert_str_eq(libbpf_log_last(), "");
	say_reason();
	libbpf_log_end();
	ck_assert_int_eq(heard_by_host, 0);
	assert_host_hears();
}
END_TEST

START_TEST(function_set_during_a_call_stays_installed)
{
	struct ebpfi s = { 0 };

	libbpf_log_begin(&s);
	libbpf_set_print(hear);
	libbpf_log_end();
	ck_assert(libbpf_set_print(hear) == hear);
}
END_TEST

static void *call_beside(void *unused)
{
	struct ebpfi s = { 0 };

	assert_host_hears();
	libbpf_log_begin(&s);
	heard_by_host = 0;
	say_reason();
	libbpf_log_end();
	ck_assert_int_eq(heard_by_host, 0);
	return unused;
}

START_TEST(messages_of_two_threads_are_separate)
{
	struct ebpfi s = { 0 };
	pthread_t thread;

	libbpf_set_print(hear);
	libbpf_log_begin(&s);
	ck_assert_int_eq(pthread_create(&thread, NULL, call_beside, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_str_eq(libbpf_log_last(), "");
	say_reason();
	libbpf_log_end();
	assert_host_hears();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		libbpf_prints_after_the_library_was_closed,    host_function_is_restored_after_each_call,
		function_set_between_calls_keeps_our_messages, function_set_during_a_call_stays_installed,
		messages_of_two_threads_are_separate,
	};

	return RUN_TESTS("libbpf_log", NULL, tests);
}
