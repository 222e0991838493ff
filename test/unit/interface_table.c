/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "interface_table.h"

#include <errno.h>

#include "runner.h"

START_TEST(entry_is_found_and_changed)
{
	struct interface_table t = { 0 };
	struct interface interface = { .ifindex = 7, .mtu = 1500 };
	struct known_interface *known, *again;

	ck_assert_int_eq(interface_table_put(&t, &interface, &known), 0);
	interface.mtu = 9000;
	ck_assert_int_eq(interface_table_put(&t, &interface, &again), 0);
	ck_assert_ptr_eq(known, again);
	ck_assert_uint_eq(interface_table_find(&t, 7)->now.mtu, 9000);
	ck_assert_ptr_null(interface_table_find(&t, 7 + INTERFACE_BUCKETS));
	interface_table_remove(&t, known);
	ck_assert_ptr_null(interface_table_find(&t, 7));
	interface_table_free(&t);
}
END_TEST

START_TEST(full_table_refuses_entries_until_one_is_removed)
{
	struct interface_table t = { 0 };
	struct interface interface = { 0 };
	struct known_interface *known;
	uint32_t i;

	for (i = 1; i <= INTERFACES_MAX; i++) {
		interface.ifindex = i;
		ck_assert_int_eq(interface_table_put(&t, &interface, &known), 0);
	}
	interface.ifindex = i;
	ck_assert_int_eq(interface_table_put(&t, &interface, &known), -ENOSPC);
	interface.ifindex = 1;
	ck_assert_int_eq(interface_table_put(&t, &interface, &known), 0);
	interface_table_remove(&t, known);
	interface.ifindex = i;
	ck_assert_int_eq(interface_table_put(&t, &interface, &known), 0);
	interface_table_free(&t);
	ck_assert_uint_eq(t.count, 0);
}
END_TEST

START_TEST(walk_visits_each_interface_once)
{
	static const uint32_t indexes[] = { 1, 1 + INTERFACE_BUCKETS, 1 + 2 * INTERFACE_BUCKETS,
					    2, INTERFACE_BUCKETS - 1, 0xffffffff };
	struct interface_table t = { 0 };
	struct interface interface = { 0 };
	struct known_interface *known;
	uint64_t sum = 0, want = 0;
	unsigned int i, n = 0;

	for (i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		interface.ifindex = indexes[i];
		want += indexes[i];
		ck_assert_int_eq(interface_table_put(&t, &interface, &known), 0);
	}
	for (known = NULL; (known = interface_table_next(&t, known)); n++)
		sum += known->now.ifindex;
	ck_assert_uint_eq(n, i);
	ck_assert_uint_eq(sum, want);
	interface_table_free(&t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		entry_is_found_and_changed,
		full_table_refuses_entries_until_one_is_removed,
		walk_visits_each_interface_once,
	};

	return RUN_TESTS("interface_table", NULL, tests);
}
