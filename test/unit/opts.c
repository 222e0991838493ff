/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "opts.h"

#include <errno.h>

#include "runner.h"

struct opts {
	size_t sz;
	int a, b;
};

START_TEST(null_gives_defaults)
{
	struct opts ours = { .a = 1 };

	ck_assert_int_eq(opts_read(&ours, sizeof(ours), NULL), 0);
	ck_assert_int_eq(ours.a, 0);
}
END_TEST

START_TEST(shorter_struct_is_accepted)
{
	struct opts ours, theirs = { offsetof(struct opts, b), 7, 8 };

	ck_assert_int_eq(opts_read(&ours, sizeof(ours), &theirs), 0);
	ck_assert_int_eq(ours.a, 7);
	ck_assert_int_eq(ours.b, 0);
}
END_TEST

START_TEST(longer_struct_is_accepted_if_the_rest_is_zero)
{
	struct {
		struct opts known;
		int news[2]; /* two, so that no byte is padding */
	} theirs = { { sizeof(theirs), 7, 8 }, { 0 } };
	struct opts ours;

	ck_assert_int_eq(opts_read(&ours, sizeof(ours), &theirs), 0);
	theirs.news[0] = 1;
	ck_assert_int_eq(opts_read(&ours, sizeof(ours), &theirs), -E2BIG);
}
END_TEST

START_TEST(struct_without_size_is_refused)
{
	struct opts ours, theirs = { 0, 7, 8 };

	ck_assert_int_eq(opts_read(&ours, sizeof(ours), &theirs), -EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null_gives_defaults,
		shorter_struct_is_accepted,
		longer_struct_is_accepted_if_the_rest_is_zero,
		struct_without_size_is_refused,
	};

	return RUN_TESTS("opts", NULL, tests);
}
