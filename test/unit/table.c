/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "table.h"

#include <string.h>

#include "runner.h"

START_TEST(only_added_keys_are_found)
{
	struct table *t = table_new(4, 8, 100);
	uint32_t key = 7, other = 8;
	uint64_t *value = table_add(t, &key);

	ck_assert_uint_eq(*value, 0);
	*value = 42;
	ck_assert_ptr_eq(table_find(t, &key), value);
	ck_assert_ptr_null(table_find(t, &other));
	ck_assert_uint_eq(table_count(t), 1);
	table_free(t);
}
END_TEST

START_TEST(full_table_refuses_keys_until_one_is_removed)
{
	struct table *t = table_new(4, 4, 3);
	uint32_t key;

	for (key = 0; key < 3; key++)
		ck_assert_ptr_nonnull(table_add(t, &key));
	ck_assert_ptr_null(table_add(t, &key));
	ck_assert(table_remove(t, &(uint32_t){ 1 }));
	ck_assert(!table_remove(t, &(uint32_t){ 1 }));
	ck_assert_ptr_nonnull(table_add(t, &key));
	ck_assert_uint_eq(table_count(t), 3);
	table_free(t);
}
END_TEST

/* More entries than buckets, odd sizes, removal in a different order. */
START_TEST(entries_are_distinct_and_do_not_move)
{
	enum { N = 5000 };
	struct table *t = table_new(13, 3, N);
	unsigned char key[13] = { 0 };
	void *at[N];
	int i;

	for (i = 0; i < N; i++) {
		memcpy(key + 5, &i, sizeof(i));
		at[i] = table_add(t, key);
		memcpy(at[i], &i, 3);
	}
	for (i = 0; i < N; i += 2) {
		memcpy(key + 5, &i, sizeof(i));
		ck_assert(table_remove(t, key));
	}
	for (i = 0; i < N; i++) {
		memcpy(key + 5, &i, sizeof(i));
		ck_assert_ptr_eq(table_find(t, key), i % 2 ? at[i] : NULL);
		ck_assert(i % 2 == 0 || !memcmp(at[i], &i, 3));
	}
	ck_assert_uint_eq(table_count(t), N / 2);
	table_free(t);
}
END_TEST

START_TEST(values_are_aligned_for_any_integer)
{
	struct table *t = table_new(1, 24, 10);
	unsigned char key;

	for (key = 0; key < 10; key++)
		ck_assert_uint_eq((uintptr_t)table_add(t, &key) % 8, 0);
	table_free(t);
	table_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_added_keys_are_found,
		full_table_refuses_keys_until_one_is_removed,
		entries_are_distinct_and_do_not_move,
		values_are_aligned_for_any_integer,
	};

	return RUN_TESTS("table", NULL, tests);
}
