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

struct pieces {
	char all[256];
	size_t size;
	int wanted; /* pieces, before no more is wanted */
};

static bool keep_piece(void *ctx, const char *bytes, size_t n)
{
	struct pieces *p = ctx;

	memcpy(p->all + p->size, bytes, n);
	p->size += n;
	return p->wanted-- > 0;
}

START_TEST(text_of_any_length_goes_through_a_buffer_of_any_size)
{
	struct pieces p;
	struct text t;
	char buf[16];
	size_t size;

	for (size = 10; size <= sizeof(buf); size++) {
		p = (struct pieces){ .wanted = 100 };
		t = text_through(buf, size, keep_piece, &p);
		text_put(&t, "longer than the buffer is, by far, ");
		text_printf(&t, "%d, ", 1234567);
		text_put_uint(&t, UINT64_MAX);
		ck_assert(text_flush(&t));
		ck_assert_uint_eq(p.size, strlen(p.all));
		ck_assert_str_eq(p.all, "longer than the buffer is, by far, 1234567, 18446744073709551615");
	}
}
END_TEST

START_TEST(text_ends_where_no_more_is_wanted)
{
	struct pieces p = { .wanted = 1 };
	char buf[5];
	struct text t = text_through(buf, sizeof(buf), keep_piece, &p);

	text_put(&t, "one two three four");
	text_put(&t, "five six");
	ck_assert(t.full);
	ck_assert(!text_flush(&t));
	ck_assert_str_eq(p.all, "one two ");
}
END_TEST

START_TEST(json_members_are_separated_by_commas)
{
	char buf[128];
	struct text t = text_in(buf, sizeof(buf));
	struct json j = json_begin(&t, JSON_WHOLE);

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

START_TEST(a_word_is_cut_out_wherever_it_stands)
{
	char buf[] = "aab_aa_ba";

	ck_assert_uint_eq(text_cut_out(buf, 9, "a"), 4);
	ck_assert_mem_eq(buf, "b__b", 4);
	ck_assert_uint_eq(text_cut_out(buf, 4, "xyz/"), 4);
	ck_assert_uint_eq(text_cut_out(buf, 4, "b__b"), 0);
	ck_assert_uint_eq(text_cut_out(buf, 0, "b"), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		numbers_are_written_as_printf_would, what_does_not_fit_is_cut_and_said_to_be,
		a_buffer_of_no_size_is_left_alone,   json_members_are_separated_by_commas,
		json_strings_hold_any_byte,          a_word_is_cut_out_wherever_it_stands,
		json_strings_hold_any_byte,          text_of_any_length_goes_through_a_buffer_of_any_size,
		text_ends_where_no_more_is_wanted,
	};

	return RUN_TESTS("text", NULL, tests);
}
