/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* C source: from text or file to a program that sees packets; errors, the cache, and machines that lack this or that. */
#include <dirent.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"
#include "runner.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

static const char program[] = "#include <ebpfinspect/bpf.h>\n"
			      "#ifndef VALUE\n"
			      "#define VALUE 1\n"
			      "#endif\n"
			      "EBPFI_RING(records, 4096);\n"
			      "EBPFI_KNOB(__u32, added, 0);\n"
			      "SEC(\"tc/ingress\") int look(struct __sk_buff *skb)\n"
			      "{\n"
			      "	struct ethhdr eth;\n"
			      "	__u32 *value = ebpfi_reserve(records, __u32);\n"
			      "	if (!value)\n"
			      "		return TC_ACT_UNSPEC;\n"
			      "	*value = ebpfi_read(skb, 0, &eth) && eth.h_proto == bpf_htons(0x88b5) ? VALUE + added : 0;\n"
			      "	bpf_ringbuf_submit(value, 0);\n"
			      "	return TC_ACT_UNSPEC;\n"
			      "}\n"
			      "EBPFI_LICENSE(\"Dual BSD/GPL\");\n";

static int compilations, hits;
static char heard[16384];

static void on_log(void *ctx, enum ebpfi_log_level level, const char *text)
{
	(void)ctx;
	if (level > EBPFI_LOG_INFO)
		return;
	compilations += strstr(text, "compiling with") != NULL;
	hits += strstr(text, "taken from the cache") != NULL;
	strncat(heard, text, sizeof(heard) - strlen(heard) - 2);
	strcat(heard, "\n");
}

/* A /tmp of the test's own, which goes with it. */
static void setup(void)
{
	lab_setup();
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", "/tmp", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(chdir("/tmp"), 0);
	ck_assert_int_eq(mkdir("/tmp/work", 0700), 0);
	setenv("TMPDIR", "/tmp/work", 1);
	setenv("XDG_CACHE_HOME", "/tmp/cache", 1);
}

static struct ebpfi *new_session(void)
{
	struct ebpfi_opts opts = { .sz = sizeof(opts), .log = on_log };
	struct ebpfi *s = ebpfi_new(NULL, NULL, &opts);

	ck_assert_ptr_nonnull(s);
	return s;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	fclose(file);
}

static int keep(void *ctx, const void *data, size_t size)
{
	(void)size;
	memcpy(ctx, data, sizeof(uint32_t));
	return 0;
}

/* What the program says about one packet. */
static uint32_t value_seen(struct ebpfi *s, const char *name)
{
	char map[64];
	uint32_t value = 0;

	snprintf(map, sizeof(map), "%s.records", name);
	lab_veth("veth0", "veth1");
	ck_assert_msg(ebpfi_attach(s, name, "veth1", NULL) > 0, "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(ebpfi_on_record(s, map, keep, &value), 0);
	lab_send("veth0", frame, sizeof(frame));
	ck_assert_int_eq(ebpfi_poll(s, 5000), 1);
	return value;
}

static void load(struct ebpfi *s, const char *name, const char *source, const char *const *cflags)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .cflags = cflags };

	ck_assert_msg(!ebpfi_load_source(s, name, source, &opts), "%s", ebpfi_errmsg(s));
}

static void fails(const char *source, const struct ebpfi_object_opts *opts, int err, const char *words)
{
	struct ebpfi *s = new_session();

	ck_assert_int_eq(ebpfi_load_source(s, "mine", source, opts), err);
	ck_assert_msg(strstr(ebpfi_errmsg(s), words) != NULL, "\"%s\" lacks \"%s\"", ebpfi_errmsg(s), words);
	ebpfi_free(s);
}

static int entries_of(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += *entry->d_name != '.';
	if (dir)
		closedir(dir);
	return n;
}

START_TEST(a_text_becomes_a_program_that_sees_packets)
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

START_TEST(the_maps_of_what_is_loaded_have_names)
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

START_TEST(a_file_is_compiled_where_it_lies)
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

START_TEST(flags_name_directories_from_where_the_host_runs)
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

START_TEST(a_header_and_a_compiler_are_found_from_where_the_host_runs)
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

START_TEST(an_error_is_told_with_file_and_line)
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

START_TEST(a_flag_that_clang_does_not_know_is_told)
{
	const char *const cflags[] = { "-fno-such-thing", NULL };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .cflags = cflags };

	fails(program, &opts, -EBADMSG, "unknown argument: '-fno-such-thing'");
}
END_TEST

START_TEST(warnings_are_logged_and_no_failure)
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

START_TEST(a_source_without_clang_says_what_to_install)
{
	setenv("PATH", "/nowhere:relative:", 1);
	fails(program, NULL, -ENOPKG, "install");
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
}
END_TEST

START_TEST(a_compiler_of_the_hosts_choice_that_is_not_there_is_named)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/nowhere/clang" };

	fails(program, &opts, -ENOPKG, "/nowhere/clang");
	opts.clang = "clang-of-nobody";
	fails(program, &opts, -ENOPKG, "clang-of-nobody");
}
END_TEST

START_TEST(a_compiler_that_fails_without_a_word_is_a_failure)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/bin/false" };

	fails(program, &opts, -EBADMSG, "/bin/false failed and did not say why");
	opts.clang = "/bin/true";
	fails(program, &opts, -ENOENT, "cannot compile mine");
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	fails("nowhere.c", NULL, -ENOENT, "nowhere.c");
}
END_TEST

START_TEST(a_name_that_is_taken_is_refused_before_anything_is_compiled)
{
	struct ebpfi *s = new_session();

	load(s, "mine", program, NULL);
	ck_assert_int_eq(ebpfi_load_source(s, "mine", program, NULL), -EALREADY);
	ck_assert_int_eq(compilations, 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(what_was_compiled_once_is_not_compiled_again)
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

START_TEST(another_flag_and_a_changed_header_are_compiled_again)
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

START_TEST(without_the_cache_it_compiles_always_and_keeps_nothing)
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

START_TEST(a_cache_that_is_another_users_is_not_used)
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

START_TEST(a_cache_that_cannot_be_written_is_done_without)
{
	struct ebpfi *s = new_session();

	setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
	load(s, "mine", program, NULL);
	ck_assert_ptr_nonnull(strstr(heard, "objects are not cached"));
	ck_assert_uint_eq(value_seen(s, "mine"), 1);
	ebpfi_free(s);
}
END_TEST

/* Over /usr/include as a machine has it that never saw a -dev package. */
START_TEST(a_machine_without_any_header_compiles_every_bundled_one)
{
	char text[4096] = "#include <linux/icmp.h>\n#include <linux/icmpv6.h>\n#include <linux/if_arp.h>\n"
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
		a_text_becomes_a_program_that_sees_packets,
		the_maps_of_what_is_loaded_have_names,
		a_file_is_compiled_where_it_lies,
		flags_name_directories_from_where_the_host_runs,
		a_header_and_a_compiler_are_found_from_where_the_host_runs,
		an_error_is_told_with_file_and_line,
		a_flag_that_clang_does_not_know_is_told,
		warnings_are_logged_and_no_failure,
		a_source_without_clang_says_what_to_install,
		a_compiler_of_the_hosts_choice_that_is_not_there_is_named,
		a_compiler_that_fails_without_a_word_is_a_failure,
		a_file_that_is_not_there_is_named,
		a_name_that_is_taken_is_refused_before_anything_is_compiled,
		what_was_compiled_once_is_not_compiled_again,
		another_flag_and_a_changed_header_are_compiled_again,
		without_the_cache_it_compiles_always_and_keeps_nothing,
		a_cache_that_is_another_users_is_not_used,
		a_cache_that_cannot_be_written_is_done_without,
		a_machine_without_any_header_compiles_every_bundled_one,
	};

	lab_require();
	if (system("clang --version >/dev/null 2>&1"))
		skip_all("there is no clang here");
	return RUN_TESTS("source", setup, tests);
}
