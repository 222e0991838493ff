/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Runs of clang: its environment, its -mcpu, and the headers that it finds. */
#include "source.h"

START_TEST(environment_adds_no_headers)
{
	struct ebpfi *s = new_session();
	char text[2048] = "#if __has_include(<planted.h>)\n#include <planted.h>\n#endif\n";

	strcat(text, program);
	ck_assert_int_eq(mkdir("/tmp/planted", 0700), 0);
	write_file("/tmp/planted/planted.h", "#define VALUE 13\n");
	setenv("CPATH", "/tmp/planted", 1);
	setenv("C_INCLUDE_PATH", "/tmp/planted", 1);
	load(s, "one", text, NULL);
	ck_assert_uint_eq(value_seen(s, "one"), 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(environment_adds_no_flags)
{
	struct ebpfi *s = new_session();

	setenv("CCC_OVERRIDE_OPTIONS", "# ^-DVALUE=13", 1);
	load(s, "mine", program, NULL);
	ck_assert_uint_eq(value_seen(s, "mine"), 1);
	ebpfi_free(s);
}
END_TEST

START_TEST(clang_gets_only_three_variables)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/tmp/my-clang" };
	struct ebpfi *s = new_session();
	char line[256];
	FILE *seen;
	int known = 0;

	setenv("SECRET", "token", 1);
	write_script("/tmp/my-clang", "#!/bin/sh\ntr '\\0' '\\n' </proc/$$/environ >/tmp/seen\nexec clang \"$@\"\n");
	ck_assert_msg(!ebpfi_load_source(s, "mine", program, &opts), "%s", ebpfi_errmsg(s));
	seen = fopen("/tmp/seen", "r");
	ck_assert_ptr_nonnull(seen);
	while (fgets(line, sizeof(line), seen)) {
		ck_assert_msg(!strncmp(line, "PATH=", 5) || !strcmp(line, "LC_ALL=C\n") ||
				      !strncmp(line, "TMPDIR=/tmp/work/", 17),
			      "%s", line);
		known++;
	}
	fclose(seen);
	ck_assert_int_eq(known, 3);
	ebpfi_free(s);
}
END_TEST

START_TEST(changed_search_path_compiles_again)
{
	struct ebpfi *s = new_session();
	char path[4096];

	load(s, "one", program, NULL);
	snprintf(path, sizeof(path), "%s:/nowhere", getenv("PATH"));
	setenv("PATH", path, 1);
	load(s, "two", program, NULL);
	ck_assert_int_eq(compilations, 2);
	ebpfi_free(s);
}
END_TEST

/* A clang that emits code for v3 which reads beyond the packet: the verifier refuses it. */
static void make_clang_whose_v3_is_refused(void)
{
	write_script("/tmp/v3-clang", "#!/bin/sh\n"
				      "case \" $* \" in *' -mcpu=v3 '*) exec clang -DWRONG \"$@\";; esac\n"
				      "exec clang \"$@\"\n");
}

static const char wrong_with_v3[] = "#include <linux/bpf.h>\n"
				    "#include <bpf/bpf_helpers.h>\n"
				    "SEC(\"xdp\") int look(struct xdp_md *ctx)\n"
				    "{\n"
				    "#ifdef WRONG\n"
				    "	return *(volatile __u8 *)(long)ctx->data;\n"
				    "#elif defined(MORE)\n"
				    "	no words\n"
				    "#endif\n"
				    "	return XDP_PASS;\n"
				    "}\n";

START_TEST(refused_code_is_compiled_again_with_mcpu_v2)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/tmp/v3-clang" };
	struct ebpfi *s = new_session();

	make_clang_whose_v3_is_refused();
	ck_assert_msg(!ebpfi_load_source(s, "mine", wrong_with_v3, &opts), "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(compilations, 2);
	ck_assert_ptr_nonnull(strstr(heard, "compiling once more, with -mcpu=v2"));
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
	ebpfi_free(s);
}
END_TEST

START_TEST(first_failure_is_reported_if_mcpu_v2_fails_too)
{
	const char *const cflags[] = { "-DMORE", NULL };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/tmp/v3-clang", .cflags = cflags };

	make_clang_whose_v3_is_refused();
	fails(wrong_with_v3, &opts, -EACCES, "mine.c:6: ");
	ck_assert_ptr_nonnull(strstr(heard, "mine.c:8:"));
}
END_TEST

START_TEST(mcpu_of_the_host_is_the_only_one_tried)
{
	const char *const cflags[] = { "-mcpu=v3", NULL };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .clang = "/tmp/v3-clang", .cflags = cflags };

	make_clang_whose_v3_is_refused();
	fails(wrong_with_v3, &opts, -EACCES, "mine.c:6: ");
	ck_assert_int_eq(compilations, 1);
}
END_TEST

static const char with_kernel_types[] = "#include \"vmlinux.h\"\n"
					"#include <bpf/bpf_core_read.h>\n"
					"#include <bpf/bpf_helpers.h>\n"
					"SEC(\"xdp\") int look(struct xdp_md *ctx)\n"
					"{\n"
					"	return bpf_core_field_exists(struct sk_buff, len) ? XDP_PASS : XDP_DROP;\n"
					"}\n";

START_TEST(missing_vmlinux_h_is_made_from_the_running_kernel)
{
	const char *const cflags[] = { "-Wall", "-Werror", NULL };
	struct ebpfi *first = new_session(), *second = new_session();

	load(first, "mine", with_kernel_types, cflags);
	ck_assert_ptr_nonnull(strstr(heard, "vmlinux.h is in no directory"));
	load(second, "mine", with_kernel_types, cflags);
	ck_assert_int_eq(compilations, 1);
	ck_assert_int_eq(hits, 1);
	ebpfi_free(first);
	ebpfi_free(second);
}
END_TEST

START_TEST(vmlinux_h_of_the_host_is_used)
{
	const char *const cflags[] = { "-Itypes", NULL };
	struct ebpfi *s = new_session();

	ck_assert_int_eq(mkdir("/tmp/types", 0700), 0);
	write_file("/tmp/types/vmlinux.h",
		   "#include <linux/bpf.h>\nstruct sk_buff { unsigned int len; } __attribute__((preserve_access_index));\n");
	load(s, "mine", with_kernel_types, cflags);
	ck_assert_ptr_null(strstr(heard, "vmlinux.h is in no directory"));
	ebpfi_free(s);
}
END_TEST

START_TEST(missing_kernel_btf_is_named)
{
	ck_assert_int_eq(mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL), 0);
	fails(with_kernel_types, NULL, -ENOENT,
	      "vmlinux.h is in no directory, and cannot be made from /sys/kernel/btf/vmlinux");
	ck_assert_int_eq(entries_of("/tmp/work"), 0);
}
END_TEST

START_TEST(c_library_headers_compile_as_64_bit)
{
	const char *const cflags[] = { "-Wall", "-Werror", NULL };
	struct ebpfi *s = new_session();
	char text[2048] = "#include <errno.h>\n#include <string.h>\n#include <inttypes.h>\n#include <stdlib.h>\n"
			  "#include <arpa/inet.h>\n#include <sys/types.h>\n#include <linux/if_tunnel.h>\n"
			  "_Static_assert(sizeof(size_t) == 8 && sizeof(__kernel_size_t) == 8, \"64 bits\");\n"
			  "int of_errno = EINVAL;\n";

	strcat(text, program);
	load(s, "mine", text, cflags);
	ck_assert_uint_eq(value_seen(s, "mine"), 1);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		environment_adds_no_headers,
		environment_adds_no_flags,
		clang_gets_only_three_variables,
		changed_search_path_compiles_again,
		refused_code_is_compiled_again_with_mcpu_v2,
		first_failure_is_reported_if_mcpu_v2_fails_too,
		mcpu_of_the_host_is_the_only_one_tried,
		missing_vmlinux_h_is_made_from_the_running_kernel,
		vmlinux_h_of_the_host_is_used,
		missing_kernel_btf_is_named,
		c_library_headers_compile_as_64_bit,
	};

	lab_require();
	if (system("clang --version >/dev/null 2>&1"))
		skip_all("there is no clang here");
	return RUN_TESTS("compiler", setup, tests);
}
