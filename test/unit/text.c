/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "runner.h"
#include "utf8.h"

START_TEST(numbers_equal_those_of_printf)
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

/* Each size up to the text's length, in memory of exactly that size. */
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

START_TEST(long_text_is_cut_and_marked_full)
{
	size_t size;

	for (size = 1; size <= sizeof("one 22 three 4"); size++)
		assert_cut_at(size);
}
END_TEST

START_TEST(empty_buffer_is_not_written)
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
	int wanted; /* pieces to accept before flush refuses */
};

static bool keep_piece(void *ctx, const char *bytes, size_t n)
{
	struct pieces *p = ctx;

	memcpy(p->all + p->size, bytes, n);
	p->size += n;
	return p->wanted-- > 0;
}

START_TEST(buffer_of_any_size_passes_text_of_any_length)
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

START_TEST(text_ends_when_flush_refuses_more)
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

/* One object with the member "a". */
static const char *object_of(const char *bytes, size_t n, unsigned int limit)
{
	static char buf[256];
	struct text t = text_in(buf, sizeof(buf));
	struct json j = json_begin(&t, limit);

	json_bytes(&j, "a", bytes, n);
	json_end(&j);
	return buf;
}

START_TEST(utf8_stays_as_it_is_in_json)
{
	ck_assert_str_eq(object_of("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\0", 10, JSON_WHOLE),
			 "{\"a\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\\u0000\"}");
}
END_TEST

START_TEST(characters_that_a_terminal_acts_on_are_escaped_in_json)
{
	ck_assert_str_eq(object_of("\xc2\x9b"
				   "31m\xe2\x80\xae\xef\xbb\xbf",
				   11, JSON_WHOLE),
			 "{\"a\":\"\\u009b31m\\u202e\\ufeff\"}");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_latin1_and_listed)
{
	static const char *const bad[] = { "\xff",         "\x80",         "\xc0\xaf",
					   "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
					   "\xc3",         "\xe2\x82",     "\xf8\x88\x80\x80\x80" };
	const char *object;
	size_t i;

	ck_assert_str_eq(object_of("\xc3\xa4\xff", 3, JSON_WHOLE),
			 "{\"a\":\"\\u00c3\\u00a4\\u00ff\",\"ebpfi.latin1\":[\"a\"]}");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		object = object_of(bad[i], strlen(bad[i]), JSON_WHOLE);
		ck_assert_msg(!strncmp(object, "{\"a\":\"\\u00", 9) && strstr(object, "\"ebpfi.latin1\":[\"a\"]}"), "%s",
			      object);
	}
}
END_TEST

START_TEST(utf8_is_known_at_any_offset)
{
	char bytes[32];
	size_t at;

	for (at = 0; at + 2 <= sizeof(bytes); at++) {
		memset(bytes, 'a', sizeof(bytes));
		memcpy(bytes + at, "\xc3\xa4", 2);
		ck_assert(utf8_is_valid(bytes, sizeof(bytes)));
		bytes[at + 1] = 'a';
		ck_assert(!utf8_is_valid(bytes, sizeof(bytes)));
	}
}
END_TEST

START_TEST(limit_cuts_json_between_characters)
{
	ck_assert_str_eq(object_of("\xc3\xa4\xc3\xa4\xc3\xa4", 6, 5), "{\"a\":\"\xc3\xa4\xc3\xa4\",\"ebpfi.truncated\":true}");
	ck_assert_str_eq(object_of("ab\xc2\x80", 4, 7), "{\"a\":\"ab\",\"ebpfi.truncated\":true}");
}
END_TEST

START_TEST(character_that_was_cut_is_left_out)
{
	ck_assert_uint_eq(utf8_without_cut("ab", 2), 2);
	ck_assert_uint_eq(utf8_without_cut("", 0), 0);
	ck_assert_uint_eq(utf8_without_cut("a\xc3", 2), 1);
	ck_assert_uint_eq(utf8_without_cut("a\xe2\x82", 3), 1);
	ck_assert_uint_eq(utf8_without_cut("a\xe2\x82\xac", 4), 4);
	ck_assert_uint_eq(utf8_without_cut("\xf0\x9f\x98", 3), 0);
	ck_assert_uint_eq(utf8_without_cut("\x80\x80\x80\x80", 4), 4);
}
END_TEST

START_TEST(every_occurrence_of_a_word_is_removed)
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
		numbers_equal_those_of_printf,
		long_text_is_cut_and_marked_full,
		empty_buffer_is_not_written,
		json_members_are_separated_by_commas,
		json_strings_hold_any_byte,
		every_occurrence_of_a_word_is_removed,
		utf8_stays_as_it_is_in_json,
		characters_that_a_terminal_acts_on_are_escaped_in_json,
		bytes_that_are_no_utf8_are_latin1_and_listed,
		utf8_is_known_at_any_offset,
		limit_cuts_json_between_characters,
		character_that_was_cut_is_left_out,
		buffer_of_any_size_passes_text_of_any_length,
		text_ends_when_flush_refuses_more,
	};

	return RUN_TESTS("text", NULL, tests);
}
