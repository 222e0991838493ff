/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "btf_value.h"

#include <bpf/btf.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runner.h"

static struct btf *btf;
static int u8, u16, u32, u64, s8, s32, c8, boolean;

static void make_integers(void)
{
	btf = btf__new_empty();
	ck_assert_ptr_nonnull(btf);
	btf__set_pointer_size(btf, 8);
	u8 = btf__add_int(btf, "unsigned char", 1, 0);
	u16 = btf__add_int(btf, "unsigned short", 2, 0);
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	u64 = btf__add_int(btf, "unsigned long long", 8, 0);
	s8 = btf__add_int(btf, "signed char", 1, BTF_INT_SIGNED);
	s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	c8 = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	boolean = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
}

static int array_of(int type, unsigned int n)
{
	return btf__add_array(btf, u32, type, n);
}

/* Checks text and JSON. */
static void assert_writes(int type, const void *value, size_t size, const char *text, const char *json)
{
	static char buffer[1 << 20];
	struct text t = text_in(buffer, sizeof(buffer));

	ck_assert_int_gt(type, 0);
	btf_value_put(&t, false, btf, (uint32_t)type, value, size);
	ck_assert_str_eq(buffer, text);
	t = text_in(buffer, sizeof(buffer));
	btf_value_put(&t, true, btf, (uint32_t)type, value, size);
	ck_assert_str_eq(buffer, json);
}

START_TEST(integers_are_written_in_each_size_and_sign)
{
	const int8_t low = -128;
	const int32_t minus = -2;
	const uint64_t most = UINT64_MAX;
	const uint8_t yes = 1, no = 0;

	assert_writes(s8, &low, 1, "-128", "-128");
	assert_writes(s32, &minus, 4, "-2", "-2");
	assert_writes(u32, &minus, 4, "4294967294", "4294967294");
	assert_writes(u64, &most, 8, "18446744073709551615", "18446744073709551615");
	assert_writes(btf__add_int(btf, "long long", 8, BTF_INT_SIGNED), &most, 8, "-1", "-1");
	assert_writes(boolean, &yes, 1, "true", "true");
	assert_writes(boolean, &no, 1, "false", "false");
}
END_TEST

START_TEST(integers_of_128_bits_and_pointers_are_hexadecimal)
{
	const uint64_t low_first[2] = { 1, 0xab }, small[2] = { 255, 0 }, pointer = 0xffff888000001234;
	int wide = btf__add_int(btf, "__int128", 16, 0);

	assert_writes(wide, low_first, 16, "0xab0000000000000001", "\"0xab0000000000000001\"");
	assert_writes(wide, small, 16, "0xff", "\"0xff\"");
	assert_writes(btf__add_ptr(btf, 0), &pointer, 8, "0xffff888000001234", "\"0xffff888000001234\"");
}
END_TEST

START_TEST(arrays_are_written_within_arrays)
{
	const uint16_t values[6] = { 1, 2, 3, 4, 5, 6 };

	assert_writes(array_of(array_of(u16, 3), 2), values, sizeof(values), "[[1, 2, 3], [4, 5, 6]]", "[[1,2,3],[4,5,6]]");
	assert_writes(array_of(u16, 0), values, 0, "[]", "[]");
}
END_TEST

START_TEST(only_printable_char_arrays_are_strings)
{
	int text = array_of(btf__add_const(btf, c8), 6);

	assert_writes(text, "eth0\0\0", 6, "\"eth0\"", "\"eth0\"");
	assert_writes(text, "abcdef", 6, "\"abcdef\"", "\"abcdef\"");
	assert_writes(text, "\0\0\0\0\0\0", 6, "\"\"", "\"\"");
	assert_writes(text, "a\"\\\n\0\0", 6, "\"a\\\"\\\\\\u000a\"", "\"a\\\"\\\\\\u000a\"");
	assert_writes(text, "a\0b\0\0\0", 6, "[97, 0, 98, 0, 0, 0]", "[97,0,98,0,0,0]");
	assert_writes(text, "\377\0\0\0\0\0", 6, "[-1, 0, 0, 0, 0, 0]", "[-1,0,0,0,0,0]");
	assert_writes(array_of(u8, 2), "hi", 2, "[104, 105]", "[104,105]");
}
END_TEST

START_TEST(typedefs_and_qualifiers_are_resolved)
{
	const struct {
		uint32_t a;
		uint8_t b[4];
	} value = { 7, { 1, 2, 3, 4 } };
	int four = array_of(u8, 4);
	int type = btf__add_struct(btf, "pair", 8);

	btf__add_field(btf, "a", u32, 0, 0);
	btf__add_field(btf, "b", four, 32, 0);
	type = btf__add_typedef(btf, "pair_t", type);
	type = btf__add_volatile(btf, btf__add_const(btf, type));
	assert_writes(type, &value, sizeof(value), "{a: 7, b: [1, 2, 3, 4]}", "{\"a\":7,\"b\":[1,2,3,4]}");
}
END_TEST

START_TEST(members_of_anonymous_structures_and_unions_belong_to_the_outer_one)
{
	const uint32_t value[2] = { 0x01020304, 9 };
	int bytes = array_of(u8, 4), inner, outer;

	inner = btf__add_union(btf, NULL, 4);
	btf__add_field(btf, "whole", u32, 0, 0);
	btf__add_field(btf, "bytes", bytes, 0, 0);
	outer = btf__add_struct(btf, "outer", 8);
	btf__add_field(btf, NULL, inner, 0, 0);
	btf__add_field(btf, "next", u32, 32, 0);
	assert_writes(outer, value, 8, "{whole: 16909060, bytes: [4, 3, 2, 1], next: 9}",
		      "{\"whole\":16909060,\"bytes\":[4,3,2,1],\"next\":9}");
}
END_TEST

START_TEST(bitfields_are_read_signed_and_across_bytes)
{
	const struct {
		uint32_t one : 1, wide : 11;
		int32_t sign : 4;
		uint32_t last : 16;
	} value = { 1, 0x5a5, -3, 65535 };
	int type = btf__add_struct(btf, "bits", 4);

	btf__add_field(btf, "one", u32, 0, 1);
	btf__add_field(btf, "wide", u32, 1, 11);
	btf__add_field(btf, "sign", s32, 12, 4);
	btf__add_field(btf, "last", u32, 16, 16);
	assert_writes(type, &value, 4, "{one: 1, wide: 1445, sign: -3, last: 65535}",
		      "{\"one\":1,\"wide\":1445,\"sign\":-3,\"last\":65535}");
}
END_TEST

START_TEST(enumerators_are_names_and_unknown_values_numbers)
{
	const int32_t minus = -1, other = 5;
	const uint64_t big = 1ULL << 40;
	int small = btf__add_enum(btf, "state", 4), wide;

	btf__add_enum_value(btf, "BROKEN", -1);
	btf__add_enum_value(btf, "OPEN", 1);
	wide = btf__add_enum64(btf, "flags", 8, false);
	btf__add_enum64_value(btf, "BIG", big);
	assert_writes(small, &minus, 4, "BROKEN", "\"BROKEN\"");
	assert_writes(small, &other, 4, "5", "5");
	assert_writes(wide, &big, 8, "BIG", "\"BIG\"");
}
END_TEST

START_TEST(floats_are_numbers_in_every_locale_and_infinity_is_a_word)
{
	const double half = 0.5, infinite = 1e308 * 10;
	const float third = 0.25F;
	int wide = btf__add_float(btf, "double", 8);

	setlocale(LC_ALL, "de_DE.UTF-8"); /* if installed, printf() would write 0,5 */
	assert_writes(wide, &half, 8, "0.5", "0.5");
	assert_writes(btf__add_float(btf, "float", 4), &third, 4, "0.25", "0.25");
	assert_writes(wide, &infinite, 8, "inf", "\"inf\"");
}
END_TEST

START_TEST(flexible_array_has_as_many_elements_as_fit)
{
	const uint16_t value[4] = { 3, 10, 20, 30 };
	int tail = array_of(u16, 0), type = btf__add_struct(btf, "list", 2), outer;

	btf__add_field(btf, "n", u16, 0, 0);
	btf__add_field(btf, "at", tail, 16, 0);
	outer = btf__add_struct(btf, "outer", 4);
	btf__add_field(btf, "list", type, 0, 0);
	btf__add_field(btf, "after", u16, 16, 0);
	assert_writes(type, value, 8, "{n: 3, at: [10, 20, 30]}", "{\"n\":3,\"at\":[10,20,30]}");
	assert_writes(outer, value, 4, "{list: {n: 3, at: []}, after: 10}", "{\"list\":{\"n\":3,\"at\":[]},\"after\":10}");
}
END_TEST

START_TEST(sections_of_globals_are_written_by_variable)
{
	const uint32_t value[2] = { 4, 5 };
	int one = btf__add_var(btf, "one", BTF_VAR_GLOBAL_ALLOCATED, u32), two = btf__add_var(btf, "two", BTF_VAR_STATIC, u32);
	int type = btf__add_datasec(btf, ".bss", 8);

	btf__add_datasec_var_info(btf, one, 0, 4);
	btf__add_datasec_var_info(btf, two, 4, 4);
	assert_writes(type, value, 8, "{one: 4, two: 5}", "{\"one\":4,\"two\":5}");
}
END_TEST

START_TEST(bytes_after_the_value_are_not_read)
{
	const uint32_t value = 4;
	int type = btf__add_struct(btf, "pair", 8);

	btf__add_field(btf, "a", u32, 0, 0);
	btf__add_field(btf, "b", u32, 32, 0);
	assert_writes(type, &value, 4, "...", "null");
	type = btf__add_struct(btf, "liar", 4);
	btf__add_field(btf, "a", u32, 0, 0);
	btf__add_field(btf, "b", u32, 32, 0);
	btf__add_field(btf, "c", u32, 60, 4);
	assert_writes(type, &value, 4, "{a: 4, b: ..., c: ...}", "{\"a\":4,\"b\":null,\"c\":null}");
}
END_TEST

START_TEST(recursive_types_terminate)
{
	static char buffer[1 << 20];
	struct text t = text_in(buffer, sizeof(buffer));
	int empty = btf__add_struct(btf, "empty", 0), many = array_of(empty, UINT32_MAX), self;

	btf_value_put(&t, true, btf, (uint32_t)many, "", 0);
	ck_assert(!t.full);
	ck_assert_str_eq(t.at - 4, ",{}]");
	self = btf__add_union(btf, "self", 4);
	btf__add_field(btf, "a", self, 0, 0);
	btf__add_field(btf, "b", self, 0, 0);
	t = text_in(buffer, sizeof(buffer));
	btf_value_put(&t, true, btf, (uint32_t)self, "abcd", 4);
	ck_assert_int_eq(t.at[-1], '}');
}
END_TEST

START_TEST(value_without_a_type_is_written_byte_by_byte)
{
	char buffer[64];
	struct text t = text_in(buffer, sizeof(buffer));

	btf_value_put(&t, true, NULL, 0, "\1\2\377", 3);
	ck_assert_str_eq(buffer, "\"01 02 ff\"");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		integers_are_written_in_each_size_and_sign,
		integers_of_128_bits_and_pointers_are_hexadecimal,
		arrays_are_written_within_arrays,
		only_printable_char_arrays_are_strings,
		typedefs_and_qualifiers_are_resolved,
		members_of_anonymous_structures_and_unions_belong_to_the_outer_one,
		bitfields_are_read_signed_and_across_bytes,
		enumerators_are_names_and_unknown_values_numbers,
		floats_are_numbers_in_every_locale_and_infinity_is_a_word,
		flexible_array_has_as_many_elements_as_fit,
		sections_of_globals_are_written_by_variable,
		bytes_after_the_value_are_not_read,
		recursive_types_terminate,
		value_without_a_type_is_written_byte_by_byte,
	};

	return RUN_TESTS("btf_value", make_integers, tests);
}
