/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* C source: from text or file to a program that sees packets; errors, the cache, and machines without some files. */
#include "source.h"

START_TEST(text_becomes_a_program_that_sees_packets)
{
	const uint32_t added = 40;
	const struct ebpfi_knob knob = { "added", &added, sizeof(added) };
	const char *const cflags[] = { "-DVALUE=2", NULL };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1, .cflags = cflags };
	struct ebpfi *s = new_session();

	ck_assert_msg(!ebpfi_load_source(s, "mine", program, &opts), "%s", ebpfi_errmsg(s));
	ck_assert_uint_eq(value_seen(s, "mine"), 42);
	ebpfi_free(s);
}
END_TEST

START_TEST(map_names_of_a_loaded_object_are_listed)
{
	struct ebpfi *s = new_session();
	int i, records = 0;
	const char *map;

	load(s, "mine", program, NULL);
	for (i = 0; (map = ebpfi_map_name(s, "mine", i)); i++)
		records += !strcmp(map, "records");
	ck_assert_int_eq(records, 1);
	ck_assert_ptr_null(ebpfi_map_name(s, "mine", i + 1));
	ck_assert_ptr_null(ebpfi_map_name(s, "other", 0));
	ebpfi_free(s);
}
END_TEST

START_TEST(file_is_compiled_relative_to_its_own_directory)
{
	struct ebpfi *s = new_session();
	char text[2048] = "#include \"mine.h\"\n";

	strcat(text, program);
	ck_assert_int_eq(mkdir("/tmp/src", 0700), 0);
	write_file("/tmp/src/mine.h", "#define VALUE 5\n");
	write_file("/tmp/src/mine.c", text);
	load(s, "mine", "src/mine.c", NULL);
	ck_assert_uint_eq(value_seen(s, "mine"), 5);
	ebpfi_free(s);
}
END_TEST

START_TEST(flags_are_relative_to_the_hosts_directory)
{
	const char *const cflags[] = { "-Iheaders", NULL };
	struct ebpfi *s = new_session();
	char text[2048] = "#include <mine.h>\n";

	strcat(text, program);
	ck_assert_int_eq(mkdir("/tmp/headers", 0700), 0);
	write_file("/tmp/headers/mine.h", "#define VALUE 6\n");
	load(s, "mine", text, cflags);
	ck_assert_uint_eq(value_seen(s, "mine"), 6);
	ebpfi_free(s);
}
END_TEST

START_TEST(forced_header_and_compiler_are_relative_to_the_hosts_directory)
{
	const char *const cflags[] = { "-include", "forced.h", NULL };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .cflags = cflags, .clang = "bin/my-clang" };
	struct ebpfi *s = new_session();

	ck_assert_int_eq(mkdir("/tmp/bin", 0700), 0);
	write_file("/tmp/bin/my-clang", "#!/bin/sh\nexec clang \"$@\"\n");
	ck_assert_int_eq(chmod("/tmp/bin/my-clang", 0700), 0);
	write_file("/tmp/forced.h", "#define VALUE 4\n");
	ck_assert_msg(!ebpfi_load_source(s, "mine", program, &opts), "%s", ebpfi_errmsg(s));
	ck_assert_uint_eq(value_seen(s, "mine"), 4);
	ebpfi_free(s);
}
END_TEST

START_TEST(error_names_file_and_line)
{
	write_file("/tmp/wrong.c", "int a;\nint b = c;\nint d = e;\n");
	fails("wrong.c", NULL, -EBADMSG, "wrong.c:2:9: use of undeclared identifier 'c' (and 1 more)");
	ck_assert_ptr_nonnull(strstr(heard, "wrong.c:2:9: error: "));
	ck_assert_ptr_nonnull(strstr(heard, "wrong.c:3:9: error: "));
	fails("int a;\n\nint b = c;\n", NULL, -EBADMSG, "cannot compile mine: mine.c:3:9: use of undeclared identifier 'c'");
	fails("\n#include <no/such.h>\n", NULL, -EBADMSG, "mine.c:2:10: 'no/such.h' file not found");
	ck_assert_ptr_null(strstr(heard, "/tmp/work"));
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
}
END_TEST

START_TEST(flag_unknown_to_clang_is_named)
{
	const char *const cflags[] = { "-fno-such-thing", NULL };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .cflags = cflags };

	fails(program, &opts, -EBADMSG, "unknown argument: '-fno-such-thing'");
}
END_TEST

START_TEST(warnings_are_logged_and_do_not_fail)
{
	const char *const cflags[] = { "-Wall", NULL };
	struct ebpfi *s = new_session();
	char text[2048];

	snprintf(text, sizeof(text), "%sstatic int unused;\n", program);
	load(s, "mine", text, cflags);
	ck_assert_ptr_nonnull(strstr(heard, "mine.c:18:12: warning: unused variable 'unused'"));
	ebpfi_free(s);
}
END_TEST

START_TEST(missing_clang_error_says_what_to_install)
{
	setenv("PATH", "/nowhere:relative:", 1);
	fails(program, NULL, -ENOPKG, "install");
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
}
END_TEST

START_TEST(missing_compiler_of_the_hosts_choice_is_named)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/nowhere/clang" };

	fails(program, &opts, -ENOPKG, "/nowhere/clang");
	opts.clang = "clang-of-nobody";
	fails(program, &opts, -ENOPKG, "clang-of-nobody");
}
END_TEST

START_TEST(compiler_that_fails_silently_is_a_failure)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/bin/false" };

	fails(program, &opts, -EBADMSG, "/bin/false failed and did not say why");
	opts.clang = "/bin/true";
	fails(program, &opts, -ENOENT, "cannot compile mine");
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
}
END_TEST

START_TEST(object_without_suffix_is_recognised)
{
	write_file("/tmp/object", "\177ELF and more");
	fails("/tmp/object", NULL, -EBADMSG, "/tmp/object: it is an object; load it with ebpfi_load_file()");
}
END_TEST

START_TEST(home_of_another_user_is_not_written)
{
	struct ebpfi *s = new_session();

	ck_assert_int_eq(mkdir("/tmp/home", 0700), 0);
	ck_assert_int_eq(chown("/tmp/home", 1, 1), 0);
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", "/tmp/home", 1);
	load(s, "mine", program, NULL);
	ck_assert_ptr_nonnull(strstr(heard, "objects are not cached"));
	ck_assert_int_eq(access("/tmp/home/.cache", F_OK), -1);
	ebpfi_free(s);
}
END_TEST

START_TEST(missing_file_is_named)
{
	fails("nowhere.c", NULL, -ENOENT, "nowhere.c");
}
END_TEST

START_TEST(taken_name_is_refused_before_compiling)
{
	struct ebpfi *s = new_session();

	load(s, "mine", program, NULL);
	ck_assert_int_eq(ebpfi_load_source(s, "mine", program, NULL), -EALREADY);
	ck_assert_int_eq(compilations, 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(same_source_is_compiled_once)
{
	struct ebpfi *first = new_session(), *second = new_session();

	load(first, "mine", program, NULL);
	load(second, "mine", program, NULL);
	ck_assert_int_eq(compilations, 1);
	ck_assert_int_eq(hits, 1);
	ck_assert_int_eq(entries_of("/tmp/cache/ebpfinspect"), 1);
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
	ck_assert_uint_eq(value_seen(second, "mine"), 1);
	ebpfi_free(first);
	ebpfi_free(second);
}
END_TEST

START_TEST(changed_flag_or_header_compiles_again)
{
	const char *const cflags[] = { "-DVALUE=3", NULL }, *const other[] = { "-DVALUE=3", "-O1", NULL };
	struct ebpfi *s = new_session();
	char text[2048] = "#include \"/tmp/mine.h\"\n";

	load(s, "one", program, NULL);
	load(s, "two", program, cflags);
	load(s, "three", program, other);
	strcat(text, program);
	write_file("/tmp/mine.h", "#define VALUE 7\n");
	load(s, "four", text, NULL);
	write_file("/tmp/mine.h", "#define VALUE 8\n");
	load(s, "five", text, NULL);
	ck_assert_int_eq(compilations, 5);
	ck_assert_int_eq(hits, 0);
	ck_assert_uint_eq(value_seen(s, "five"), 8);
	ebpfi_free(s);
}
END_TEST

START_TEST(option_no_cache_always_compiles_and_stores_nothing)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .no_cache = 1 };
	struct ebpfi *s = new_session();

	ck_assert_int_eq(ebpfi_load_source(s, "mine", program, &opts), 0);
	ebpfi_free(s);
	s = new_session();
	ck_assert_int_eq(ebpfi_load_source(s, "mine", program, &opts), 0);
	ck_assert_int_eq(compilations, 2);
	ck_assert_int_eq(entries_of("/tmp/cache/ebpfinspect"), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(cache_of_another_user_is_not_used)
{
	struct ebpfi *s = new_session();

	ck_assert_int_eq(mkdir("/tmp/cache", 0700), 0);
	ck_assert_int_eq(mkdir("/tmp/cache/ebpfinspect", 0700), 0);
	ck_assert_int_eq(chown("/tmp/cache/ebpfinspect", 1, 1), 0);
	load(s, "mine", program, NULL);
	ck_assert_ptr_nonnull(strstr(heard, "objects are not cached"));
	ck_assert_int_eq(entries_of("/tmp/cache/ebpfinspect"), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(unwritable_cache_is_skipped)
{
	struct ebpfi *s = new_session();

	setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
	load(s, "mine", program, NULL);
	ck_assert_ptr_nonnull(strstr(heard, "objects are not cached"));
	ck_assert_uint_eq(value_seen(s, "mine"), 1);
	ebpfi_free(s);
}
END_TEST

/* /usr/include is empty, as on a machine without -dev packages. */
START_TEST(bundled_headers_compile_without_system_headers)
{
	char text[4096] = "#include <errno.h>\n#include <linux/icmp.h>\n#include <linux/icmpv6.h>\n#include <linux/if_arp.h>\n"
			  "#include <linux/if_packet.h>\n#include <bpf/bpf_core_read.h>\n#include <bpf/bpf_tracing.h>\n"
			  "#include <stdint.h>\nuint64_t of_stdint;\n";
	const char *const cflags[] = { "-DVALUE=9", "-Werror", "-Wall", NULL };
	struct ebpfi *s = new_session();

	ck_assert_int_eq(mount("none", "/usr/include", "tmpfs", 0, NULL), 0);
	strcat(text, program);
	load(s, "mine", text, cflags);
	ck_assert_uint_eq(value_seen(s, "mine"), 9);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		text_becomes_a_program_that_sees_packets,
		map_names_of_a_loaded_object_are_listed,
		file_is_compiled_relative_to_its_own_directory,
		flags_are_relative_to_the_hosts_directory,
		forced_header_and_compiler_are_relative_to_the_hosts_directory,
		error_names_file_and_line,
		flag_unknown_to_clang_is_named,
		warnings_are_logged_and_do_not_fail,
		missing_clang_error_says_what_to_install,
		missing_compiler_of_the_hosts_choice_is_named,
		compiler_that_fails_silently_is_a_failure,
		object_without_suffix_is_recognised,
		home_of_another_user_is_not_written,
		missing_file_is_named,
		taken_name_is_refused_before_compiling,
		same_source_is_compiled_once,
		changed_flag_or_header_compiles_again,
		option_no_cache_always_compiles_and_stores_nothing,
		cache_of_another_user_is_not_used,
		unwritable_cache_is_skipped,
		bundled_headers_compile_without_system_headers,
	};

	lab_require();
	if (system("clang --version >/dev/null 2>&1"))
		skip_all("there is no clang here");
	return RUN_TESTS("source", setup, tests);
}
