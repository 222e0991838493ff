/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "runner.h"

START_TEST(numbers_are_written_as_printf_would)
{
	char buf[128];
	struct text t = text_in(buf, sizeof(buf));

	text_put_uint(&t, 0);
	text_put_char(&t, ' ');
	text_put_uint(&t, UINT64_MAX);
	text_put_char(&t, ' ');
	text_put_padded(&t, 42, 6);
	text_put_char(&t, ' ');
	text_put_padded(&t, 1234567, 6);
	text_put_char(&t, ' ');
	text_put_hex(&t, 0xab, 4);
	text_printf(&t, " %s%d", "x", -1);
	ck_assert_str_eq(buf, "0 18446744073709551615 000042 1234567 00ab x-1");
	ck_assert(!t.full);
}
END_TEST

/* Each size up to the text's own, in memory of exactly that size. */
static void assert_cut_at(size_t size)
{
	static const char whole[] = "one 22 three 4";
	char *buf = malloc(size);
	struct text t = text_in(buf, size);

	text_put(&t, "one ");
	text_put_uint(&t, 22);
	text_printf(&t, " %s ", "three");
	text_put_char(&t, '4');
	ck_assert_uint_eq(strlen(buf), size - 1);
	ck_assert_mem_eq(buf, whole, size - 1);
	ck_assert_int_eq(t.full, size < sizeof(whole));
	free(buf);
}

START_TEST(what_does_not_fit_is_cut_and_said_to_be)
{
	size_t size;

	for (size = 1; size <= sizeof("one 22 three 4"); size++)
		assert_cut_at(size);
}
END_TEST

START_TEST(a_buffer_of_no_size_is_left_alone)
{
	char untouched = 'x';
	struct text t = text_in(&untouched, 0);

	text_put(&t, "more than nothing");
	ck_assert_int_eq(untouched, 'x');
	ck_assert(t.full);
}
END_TEST

START_TEST(json_members_are_separated_by_commas)
{
	char buf[128];
	struct text t = text_in(buf, sizeof(buf));
	struct json j = json_begin(&t);

	json_uint(&j, "a", 1);
	json_string(&j, "b", "two");
	json_name(&j, "c");
	text_put(&t, "[]");
	json_end(&j);
	ck_assert_str_eq(buf, "{\"a\":1,\"b\":\"two\",\"c\":[]}");
}
END_TEST

START_TEST(json_strings_hold_any_byte)
{
	char buf[128];
	struct text t = text_in(buf, sizeof(buf));

	json_quote(&t, "a\"\\\n\0\x7f\xff/", 8);
	ck_assert_str_eq(buf, "\"a\\\"\\\\\\u000a\\u0000\\u007f\\u00ff/\"");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		numbers_are_written_as_printf_would, what_does_not_fit_is_cut_and_said_to_be,
		a_buffer_of_no_size_is_left_alone,   json_members_are_separated_by_commas,
		json_strings_hold_any_byte,
	};

	return RUN_TESTS("text", NULL, tests);
}
