/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Messages about sources that clang refuses. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <string.h>

#include "runner.h"

START_TEST(source_for_bcc_is_told_the_form_of_libbpf)
{
	static const char *const sources[] = {
		"BPF_HASH(counts, unsigned int, unsigned long);\nint look(void *ctx) { return 0; }\n",
		"BPF_PERF_OUTPUT(events);\nint look(void *ctx) { events.perf_submit(ctx, 0, 0); return 0; }\n",
	};
	const struct ebpfi_object_opts no_cache = { .sz = sizeof(no_cache), .no_cache = 1 };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	size_t i;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(ebpfi_load_source(s, "mine", sources[i], &no_cache), -EBADMSG);
		ck_assert_msg(strstr(ebpfi_errmsg(s), "are BCC's: make each map a structure in SEC(\".maps\")") != NULL, "%s",
			      ebpfi_errmsg(s));
	}
	ck_assert_int_eq(ebpfi_load_source(s, "mine", "int look(void *ctx) { return x + BPF_HASH(1); }\n", &no_cache),
			 -EBADMSG);
	ck_assert_ptr_null(strstr(ebpfi_errmsg(s), "BCC"));
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { source_for_bcc_is_told_the_form_of_libbpf };

	return RUN_TESTS("compiler", NULL, tests);
}
