/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Map types other than arrays and hashes, and the helpers, in an inspector for this test. */
#define EBPFI_INSPECTOR probe
#include <errno.h>

#include "native_map.h"
#include "runner.h"

struct prefix {
	uint32_t length;
	uint8_t address[4];
};

struct wide {
	uint64_t a, b;
};

RING(events, 4096);
MAP(newest, LRU_HASH, uint32_t, uint64_t, 3);
MAP(counts, HASH, uint32_t, uint64_t, 2);
TRIE(routes, struct prefix, uint32_t, 4);
MAP_SHAPE(table, ARRAY, uint32_t, uint32_t, 1);
MAP_OF_MAPS(tables, table, 2);
KNOB(uint32_t, task, 0);

static long result;
static const void *found;

static long add_up(uint32_t i, void *ctx)
{
	*(uint32_t *)ctx += i;
	return i == 5;
}

enum { LOOP, RANDOM, OUTPUT, INNER, KEEP };

static long look_into(uint32_t index)
{
	uint32_t only = 0, *value;
	void *inner = bpf_map_lookup_elem(&tables, &index);

	value = inner ? bpf_map_lookup_elem(inner, &only) : NULL;
	return value ? (long)*value : -1;
}

/* As in the kernel, a found value stays readable while the program runs. */
static long read_after_removal(void)
{
	uint32_t key = 1, other;
	uint64_t value = 7, *kept, *old;

	bpf_map_update_elem(&counts, &key, &value, BPF_ANY);
	kept = bpf_map_lookup_elem(&counts, &key);
	bpf_map_delete_elem(&counts, &key);
	bpf_map_update_elem(&newest, &key, &value, BPF_ANY);
	old = bpf_map_lookup_elem(&newest, &key);
	for (other = 2; other < 9; other++)
		bpf_map_update_elem(&newest, &other, &value, BPF_ANY);
	found = bpf_map_lookup_elem(&newest, &key);
	return (long)(*kept + *old);
}

static int probe_inspect(struct pkt *p)
{
	uint32_t sum = 0;

	(void)p;
	if (task == LOOP)
		result = bpf_loop(10, add_up, &sum, 0) * 1000 + sum;
	if (task == RANDOM)
		result = bpf_get_prandom_u32();
	if (task == OUTPUT)
		result = bpf_ringbuf_output(&events, "0123456789", 10, 0);
	if (task == INNER)
		result = look_into(1);
	if (task == KEEP)
		result = read_after_removal();
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(probe, SOCKET);

static unsigned int records;

static void take(void *ctx, const void *record, size_t size)
{
	ck_assert_ptr_eq(ctx, &records);
	ck_assert_uint_eq(size, 10);
	ck_assert_mem_eq(record, "0123456789", 10);
	records++;
}

static struct native_run *start(uint32_t what)
{
	struct native_run *run = native_run_new(&native_probe, 0, take, &records);

	ck_assert_ptr_nonnull(run);
	ck_assert_int_eq(native_run_set(run, "task", &what, sizeof(what)), 0);
	native_run_enter(run);
	return run;
}

static long run_packet(struct native_run *run)
{
	struct pkt p = { .len = 0 };

	native_run_packet(run, &p, 1);
	return result;
}

static void stop(struct native_run *run)
{
	native_run_leave(run);
	native_run_free(run);
}

START_TEST(loop_ends_where_its_callback_says_and_returns_the_number_of_calls)
{
	struct native_run *run = start(LOOP);

	ck_assert_int_eq(run_packet(run), 6000 + 15);
	stop(run);
	ck_assert_int_eq(bpf_loop(1U << 24, add_up, NULL, 0), -E2BIG);
	ck_assert_int_eq(bpf_loop(1, add_up, NULL, 1), -EINVAL);
	ck_assert_int_eq(bpf_loop(0, add_up, NULL, 0), 0);
}
END_TEST

START_TEST(every_run_draws_the_same_random_numbers)
{
	struct native_run *one = start(RANDOM), *other;
	long first = run_packet(one), second = run_packet(one);

	stop(one);
	other = start(RANDOM);
	ck_assert_int_ne(first, second);
	ck_assert_int_eq(run_packet(other), first);
	ck_assert_int_eq(run_packet(other), second);
	stop(other);
}
END_TEST

START_TEST(record_is_output_in_one_call)
{
	struct native_run *run = start(OUTPUT);

	ck_assert_int_eq(run_packet(run), 0);
	ck_assert_uint_eq(records, 1);
	stop(run);
}
END_TEST

START_TEST(program_finds_the_inner_map_that_the_host_put_there)
{
	const struct native_map shape = { "", BPF_MAP_TYPE_ARRAY, 4, 4, 1, NULL };
	struct native_run *run = start(INNER);
	struct native_store *outer = native_run_store(run, "tables");
	uint32_t value, only = 0;

	ck_assert_int_eq(run_packet(run), -1);
	for (value = 1; value < 4; value++) { /* replaced as a whole; the one before is freed */
		struct native_store *inner = native_store_new(&shape);

		ck_assert_int_eq(native_store_update(inner, &only, &value, BPF_ANY), 0);
		ck_assert_int_eq(native_store_put_inner(outer, 1, inner), 0);
		ck_assert_int_eq(run_packet(run), value);
	}
	ck_assert_int_eq(native_store_put_inner(outer, 2, NULL), -E2BIG);
	ck_assert_int_eq(native_store_put_inner(native_run_store(run, "counts"), 0, NULL), -EINVAL);
	ck_assert_int_eq(native_store_put_inner(outer, 1, NULL), 0);
	ck_assert_int_eq(run_packet(run), -1);
	stop(run);
}
END_TEST

START_TEST(found_value_stays_readable_until_the_packet_ends)
{
	struct native_run *run = start(KEEP);

	ck_assert_int_eq(run_packet(run), 14);
	ck_assert_ptr_null(found);
	ck_assert_int_eq(run_packet(run), 14);
	stop(run);
}
END_TEST

static struct native_store *make(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t entries)
{
	const struct native_map map = { "map", type, key_size, value_size, entries, NULL };
	struct native_store *s = native_store_new(&map);

	ck_assert_ptr_nonnull(s);
	return s;
}

START_TEST(full_lru_hash_evicts_the_least_recently_used_entry)
{
	struct native_store *s = make(BPF_MAP_TYPE_LRU_HASH, 4, 8, 3);
	uint64_t value = 0;
	uint32_t key;

	for (key = 1; key <= 3; key++)
		ck_assert_int_eq(native_store_update(s, &key, &value, BPF_NOEXIST), 0);
	ck_assert_ptr_nonnull(native_store_lookup(s, &(uint32_t){ 1 })); /* 2 is the oldest now */
	ck_assert_int_eq(native_store_update(s, &(uint32_t){ 4 }, &value, BPF_ANY), 0);
	ck_assert_ptr_null(native_store_lookup(s, &(uint32_t){ 2 }));
	ck_assert_ptr_nonnull(native_store_lookup(s, &(uint32_t){ 1 }));
	ck_assert_ptr_nonnull(native_store_lookup(s, &(uint32_t){ 3 }));
	ck_assert_ptr_nonnull(native_store_lookup(s, &(uint32_t){ 4 }));
	ck_assert_int_eq(native_store_delete(s, &(uint32_t){ 3 }), 0);
	ck_assert_int_eq(native_store_delete(s, &(uint32_t){ 3 }), -ENOENT);
	ck_assert_int_eq(native_store_update(s, &(uint32_t){ 9 }, &value, BPF_EXIST), -ENOENT);
	native_store_free(s);
}
END_TEST

START_TEST(full_lru_hash_takes_a_new_entry)
{
	struct native_store *s = make(BPF_MAP_TYPE_LRU_HASH, sizeof(struct wide), 1, 100);
	struct wide key = { 0, 0 };
	uint8_t value = 1;

	for (key.a = 0; key.a < 10000; key.a++) {
		ck_assert_int_eq(native_store_update(s, &key, &value, BPF_NOEXIST), 0);
		native_store_end_packet(s, NULL, NULL);
	}
	for (key.a = 0; key.a < 10000; key.a++)
		ck_assert_int_eq(native_store_lookup(s, &key) != NULL, key.a >= 9900);
	native_store_free(s);
}
END_TEST

static uint32_t route(struct native_store *s, uint32_t length, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	struct prefix key = { length, { a, b, c, d } };
	const uint32_t *value = native_store_lookup(s, &key);

	return value ? *value : 0;
}

static long add_route(struct native_store *s, uint32_t length, uint8_t a, uint8_t b, uint32_t value)
{
	struct prefix key = { length, { a, b, 0xff, 0xff } };

	return native_store_update(s, &key, &value, BPF_ANY);
}

START_TEST(trie_finds_the_longest_prefix)
{
	struct native_store *s = make(BPF_MAP_TYPE_LPM_TRIE, sizeof(struct prefix), 4, 4);

	ck_assert_uint_eq(route(s, 32, 10, 1, 2, 3), 0);
	ck_assert_int_eq(add_route(s, 8, 10, 0, 8), 0);
	ck_assert_int_eq(add_route(s, 16, 10, 1, 16), 0);
	ck_assert_int_eq(add_route(s, 12, 172, 16, 12), 0);
	ck_assert_uint_eq(route(s, 32, 10, 1, 2, 3), 16);
	ck_assert_uint_eq(route(s, 32, 10, 2, 2, 3), 8);
	ck_assert_uint_eq(route(s, 32, 172, 31, 0, 0), 12);
	ck_assert_uint_eq(route(s, 32, 172, 32, 0, 0), 0);
	ck_assert_uint_eq(route(s, 12, 10, 1, 0, 0), 8); /* no longer than the key's length */
	ck_assert_int_eq(add_route(s, 0, 0, 0, 99), 0);
	ck_assert_uint_eq(route(s, 32, 1, 1, 1, 1), 99);
	ck_assert_int_eq(add_route(s, 24, 1, 1, 24), -ENOSPC);
	ck_assert_int_eq(add_route(s, 8, 10, 77, 9), 0); /* the bits after the prefix do not count */
	ck_assert_uint_eq(route(s, 32, 10, 2, 2, 3), 9);
	ck_assert_int_eq(add_route(s, 33, 1, 1, 1), -EINVAL);
	ck_assert_int_eq(native_store_delete(s, &(struct prefix){ 16, { 10, 1 } }), 0);
	ck_assert_int_eq(native_store_delete(s, &(struct prefix){ 16, { 10, 1 } }), -ENOENT);
	ck_assert_int_eq(native_store_delete(s, &(struct prefix){ 33, { 10, 1 } }), -EINVAL);
	ck_assert_uint_eq(route(s, 32, 10, 1, 2, 3), 9);
	native_store_free(s);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
	struct native_store *s = make(BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 1);
	uint32_t one = 1;

	ck_assert_int_eq(native_store_update(s, &one, &one, 3), -EINVAL);
	ck_assert_int_eq(native_store_update(s, &one, &one, BPF_NOEXIST), 0);
	native_store_free(s);
}
END_TEST

static uint16_t fold(int64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* RFC 1071: replaced bytes change a packet's sum by their difference. */
START_TEST(checksum_follows_the_replaced_bytes)
{
	uint8_t before[8] = { 0x45, 0, 0, 60, 1, 2, 3, 4 }, after[8] = { 0x45, 0, 5, 60, 9, 2, 3, 4 };
	int64_t whole = bpf_csum_diff(NULL, 0, before, 8, 0), changed = bpf_csum_diff(before, 8, after, 8, (uint32_t)whole);

	ck_assert_uint_eq(fold(changed), fold(bpf_csum_diff(NULL, 0, after, 8, 0)));
	ck_assert_int_eq(bpf_csum_diff(NULL, 0, before, 6, 0), -EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		loop_ends_where_its_callback_says_and_returns_the_number_of_calls,
		every_run_draws_the_same_random_numbers,
		record_is_output_in_one_call,
		program_finds_the_inner_map_that_the_host_put_there,
		found_value_stays_readable_until_the_packet_ends,
		full_lru_hash_evicts_the_least_recently_used_entry,
		full_lru_hash_takes_a_new_entry,
		trie_finds_the_longest_prefix,
		unknown_flags_are_refused,
		checksum_follows_the_replaced_bytes,
	};

	return RUN_TESTS("native_kinds", NULL, tests);
}
