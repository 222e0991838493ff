/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "native_map.h"

#include <errno.h>

#include "runner.h"

static struct native_store *make(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t entries)
{
	struct native_map map = { "map", type, key_size, value_size, entries, NULL };

	return native_store_new(&map);
}

START_TEST(array_has_all_its_entries_and_no_more)
{
	struct native_store *s = make(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 3);
	uint64_t value = 5;

	ck_assert_uint_eq(*(uint64_t *)native_store_lookup(s, &(uint32_t){ 2 }), 0);
	ck_assert_ptr_null(native_store_lookup(s, &(uint32_t){ 3 }));
	ck_assert_int_eq(native_store_update(s, &(uint32_t){ 2 }, &value, BPF_ANY), 0);
	ck_assert_uint_eq(*(uint64_t *)native_store_lookup(s, &(uint32_t){ 2 }), 5);
	ck_assert_int_eq(native_store_update(s, &(uint32_t){ 3 }, &value, BPF_ANY), -E2BIG);
	ck_assert_int_eq(native_store_update(s, &(uint32_t){ 0 }, &value, BPF_NOEXIST), -EEXIST);
	ck_assert_int_eq(native_store_delete(s, &(uint32_t){ 0 }), -EINVAL);
	native_store_free(s);
}
END_TEST

START_TEST(hash_returns_what_the_kernels_does)
{
	struct native_store *s = make(BPF_MAP_TYPE_HASH, 4, 4, 2);
	uint32_t one = 1, two = 2, three = 3;

	ck_assert_ptr_null(native_store_lookup(s, &one));
	ck_assert_int_eq(native_store_update(s, &one, &two, BPF_EXIST), -ENOENT);
	ck_assert_int_eq(native_store_update(s, &one, &two, BPF_NOEXIST), 0);
	ck_assert_int_eq(native_store_update(s, &one, &two, BPF_NOEXIST), -EEXIST);
	ck_assert_int_eq(native_store_update(s, &two, &two, BPF_ANY), 0);
	ck_assert_int_eq(native_store_update(s, &three, &two, BPF_ANY), -E2BIG);
	ck_assert_int_eq(native_store_update(s, &one, &three, BPF_ANY), 0);
	ck_assert_uint_eq(*(uint32_t *)native_store_lookup(s, &one), 3);
	ck_assert_int_eq(native_store_delete(s, &one), 0);
	ck_assert_int_eq(native_store_delete(s, &one), -ENOENT);
	native_store_free(s);
}
END_TEST

START_TEST(unknown_type_of_map_is_refused)
{
	ck_assert_ptr_null(make(BPF_MAP_TYPE_XSKMAP, 4, 4, 1));
}
END_TEST

static int records;

static void count(void *ctx, const void *record, size_t size)
{
	ck_assert_uint_eq(size, 10);
	ck_assert_int_eq(*(const unsigned char *)record, 'a' + records++);
	ck_assert_ptr_eq(ctx, &records);
}

START_TEST(ring_delivers_submitted_records_in_order)
{
	struct native_store *s = make(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	const char *letters = "ab#c";

	for (; *letters; letters++) {
		char *record = native_store_reserve(s, 10);

		*record = *letters;
		native_record_finish(record, *letters != '#');
	}
	native_store_drain(s, count, &records);
	ck_assert_int_eq(records, 3);
	native_store_drain(s, count, &records);
	ck_assert_int_eq(records, 3);
	native_store_free(s);
}
END_TEST

/* As in the kernel, 15 records of 256 bytes fit in 4 KiB: each has a head of 8 bytes, and the ring never fills completely. */
START_TEST(ring_holds_as_much_as_the_kernels)
{
	struct native_store *s = make(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	int n = 0;

	while (native_store_reserve(s, 256))
		n++;
	ck_assert_int_eq(n, 15);
	ck_assert_ptr_null(native_store_reserve(s, 250));
	ck_assert_ptr_nonnull(native_store_reserve(s, 100));
	native_store_free(s);
	s = make(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	ck_assert_ptr_null(native_store_reserve(s, 4096 - 8));
	ck_assert_ptr_null(native_store_reserve(s, UINT32_MAX));
	ck_assert_ptr_null(native_store_reserve(s, UINT64_MAX));
	native_store_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		array_has_all_its_entries_and_no_more,    hash_returns_what_the_kernels_does, unknown_type_of_map_is_refused,
		ring_delivers_submitted_records_in_order, ring_holds_as_much_as_the_kernels,
	};

	return RUN_TESTS("native_map", NULL, tests);
}
