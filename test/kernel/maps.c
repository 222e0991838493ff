/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps by name: entries, per-CPU values, batches, walks, prefixes. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"
#include "maps.h"
#include "runner.h"

static const unsigned char frame[60] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5 };

static int count(void *ctx, const void *key, const void *value)
{
	(void)key;
	(void)value;
	++*(int *)ctx;
	return 0;
}

START_TEST(array_has_exactly_its_entries)
{
	struct traffic t = { 3, 300 }, back = { 0 };
	struct ebpfi *s = load();
	uint32_t key = 2;
	int n = 0;

	works(s, ebpfi_map_update(s, "mine.array", &key, sizeof(key), &t, sizeof(t), EBPFI_UPDATE_ANY));
	works(s, ebpfi_map_lookup(s, "mine.array", &key, sizeof(key), &back, sizeof(back)));
	ck_assert_mem_eq(&t, &back, sizeof(t));
	ck_assert_int_eq(ebpfi_map_each(s, "mine.array", count, &n), 4);
	ck_assert_int_eq(n, 4);
	key = 4;
	fails(s, ebpfi_map_update(s, "mine.array", &key, sizeof(key), &t, sizeof(t), EBPFI_UPDATE_ANY), -E2BIG,
	      "keys are 0 to 3");
	fails(s, ebpfi_map_lookup(s, "mine.array", &key, sizeof(key), &t, sizeof(t)), -ENOENT, "no entry with this key");
	dumps_as(
		s, "mine.array",
		"0: {packets: 0, bytes: 0}\n1: {packets: 0, bytes: 0}\n2: {packets: 3, bytes: 300}\n3: {packets: 0, bytes: "
		"0}\n",
		"[\n{\"key\":0,\"value\":{\"packets\":0,\"bytes\":0}},\n{\"key\":1,\"value\":{\"packets\":0,\"bytes\":0}},\n"
		"{\"key\":2,\"value\":{\"packets\":3,\"bytes\":300}},\n{\"key\":3,\"value\":{\"packets\":0,\"bytes\":0}}\n]\n");
	ebpfi_free(s);
}
END_TEST

/* The kernel may deliver a packet after send() returned. */
static void wait_for_packets(struct ebpfi *s, uint64_t n)
{
	uint64_t packets = 0;
	uint32_t key = 0;
	int tries;

	for (tries = 0; packets < n && tries < 5000; tries++) {
		works(s, ebpfi_map_sum(s, "mine.cpu_array", &key, sizeof(key), &packets, 1));
		usleep(1000);
	}
}

START_TEST(programs_count_on_each_cpu_and_sums_add_up)
{
	struct ebpfi_map_info info = { .sz = sizeof(info) };
	struct ebpfi *s = load();
	uint64_t sums[2], seen = 0;
	uint32_t key = 0, i;
	char *values;

	lab_veth("veth0", "veth1");
	works(s, ebpfi_attach(s, "mine", "veth1", NULL));
	for (i = 0; i < 5; i++)
		lab_send("veth0", frame, sizeof(frame));
	wait_for_packets(s, 5);
	works(s, ebpfi_map_sum(s, "mine.cpu_array", &key, sizeof(key), sums, 2));
	ck_assert_uint_eq(sums[0], 5);
	ck_assert_uint_eq(sums[1], 5 * sizeof(frame));
	works(s, ebpfi_map_info(s, "mine.cpu_array", &info));
	ck_assert_uint_eq(info.stride, sizeof(struct traffic));
	values = calloc(info.values, info.stride);
	works(s, ebpfi_map_lookup(s, "mine.cpu_array", &key, sizeof(key), values, (size_t)info.values * info.stride));
	for (i = 0; i < info.values; i++)
		seen += ((struct traffic *)(void *)(values + (size_t)i * info.stride))->packets;
	ck_assert_uint_eq(seen, 5);
	free(values);
	fails(s, ebpfi_map_sum(s, "mine.cpu_array", &key, sizeof(key), sums, 3), -EINVAL, "16 bytes");
	ebpfi_free(s);
}
END_TEST

START_TEST(update_flags_decide_whether_the_entry_may_exist)
{
	struct ebpfi *s = load();
	uint32_t key = 1, value = 2;

	fails(s, ebpfi_map_update(s, "mine.small", &key, 4, &value, 4, EBPFI_UPDATE_EXISTING), -ENOENT,
	      "no entry with this key");
	works(s, ebpfi_map_update(s, "mine.small", &key, 4, &value, 4, EBPFI_UPDATE_NEW));
	fails(s, ebpfi_map_update(s, "mine.small", &key, 4, &value, 4, EBPFI_UPDATE_NEW), -EEXIST,
	      "an entry with this key already");
	works(s, ebpfi_map_delete(s, "mine.small", &key, 4));
	fails(s, ebpfi_map_delete(s, "mine.small", &key, 4), -ENOENT, "mine.small has no entry with this key");
	ebpfi_free(s);
}
END_TEST

START_TEST(full_map_is_named_with_its_size)
{
	struct ebpfi *s = load();
	char text[16], prefix[8];
	uint32_t i;

	works(s, set(s, "mine.small", 1, 1));
	works(s, set(s, "mine.small", 2, 2));
	fails(s, set(s, "mine.small", 3, 3), -E2BIG, "the map mine.small is full (2 entries)");
	for (i = 0; i <= 16; i++) {
		snprintf(text, sizeof(text), "%u.0.0.0", i & 0xff);
		ck_assert_int_eq(ebpfi_lpm_key(text, prefix, sizeof(prefix)), 0);
		if (i < 16)
			works(s, ebpfi_map_update(s, "mine.prefixes", prefix, sizeof(prefix), &i, sizeof(i), 0));
	}
	fails(s, ebpfi_map_update(s, "mine.prefixes", prefix, sizeof(prefix), &i, sizeof(i), 0), -E2BIG, "full (16 entries)");
	ebpfi_free(s);
}
END_TEST

START_TEST(wrong_sizes_are_refused_with_both_sizes)
{
	struct ebpfi *s = load();
	uint64_t wide = 1;

	fails(s, ebpfi_map_lookup(s, "mine.small", &wide, 8, &wide, 4), -EINVAL, "keys of 4 bytes, not 8");
	fails(s, ebpfi_map_update(s, "mine.small", &wide, 4, &wide, 8, 0), -EINVAL, "values of 4 bytes, not 8");
	fails(s, ebpfi_map_delete(s, "mine.small", &wide, 8), -EINVAL, "keys of 4 bytes, not 8");
	fails(s, ebpfi_map_update_batch(s, "mine.small", &wide, 4, &wide, 2, 1, 0), -EINVAL, "values of 4 bytes, not 2");
	ebpfi_free(s);
}
END_TEST

START_TEST(unknown_names_are_refused_with_a_reason)
{
	struct ebpfi *s = load();

	fails(s, ebpfi_map_fd(s, "mine"), -EINVAL, "NAME.MAP");
	fails(s, ebpfi_map_fd(s, "mine.nothing"), -ENOENT, "mine has no map nothing");
	fails(s, ebpfi_map_fd(s, "yours.small"), -ENOENT, "yours");
	fails(s, ebpfi_load_file(s, "a.b", MAPS_OBJECT, NULL), -EINVAL, "must not be empty or have a dot");
	fails(s, ebpfi_load_file(s, "", MAPS_OBJECT, NULL), -EINVAL, "must not be empty or have a dot");
	ebpfi_free(s);
}
END_TEST

/* libbpf prefixes sections with the shortened object name; hosts do not need to know that. */
START_TEST(globals_are_listed_by_their_sections_and_found_in_both_spellings)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	const char *map;
	unsigned int i, sections = 0;

	works(s, ebpfi_load_file(s, "averyverylongname", MAPS_OBJECT, NULL));
	for (i = 0; (map = ebpfi_map_name(s, "averyverylongname", i)); i++) {
		ck_assert_msg(*map == '.' || !strchr(map, '.'), "%s", map);
		sections += !strcmp(map, ".rodata") || !strcmp(map, ".data") || !strcmp(map, ".bss");
	}
	ck_assert_uint_eq(sections, 3);
	works(s, ebpfi_map_fd(s, "averyverylongname..rodata"));
	works(s, ebpfi_map_fd(s, "averyverylongname.averyver.rodata"));
	ebpfi_free(s);
}
END_TEST

START_TEST(batches_write_all_or_report_the_number_written)
{
	struct ebpfi *s = load();
	uint32_t keys[3] = { 5, 6, 7 }, values[3] = { 50, 60, 70 };

	ck_assert_int_eq(ebpfi_map_update_batch(s, "mine.small", keys, 4, values, 4, 2, EBPFI_UPDATE_ANY), 2);
	ck_assert_uint_eq(get(s, "mine.small", 6), 60);
	works(s, ebpfi_map_delete(s, "mine.small", &keys[1], 4));
	fails(s, ebpfi_map_update_batch(s, "mine.small", keys, 4, values, 4, 3, EBPFI_UPDATE_ANY), -E2BIG, "2 of 3 entries");
	fails(s, ebpfi_map_update_batch(s, "mine.small", keys, 4, values, 4, 3, EBPFI_UPDATE_NEW), -EEXIST, "0 of 3 entries");
	ebpfi_free(s);
}
END_TEST

static int is_whole(void *ctx, const void *key, const void *value)
{
	const struct large *large = value;
	uint64_t *seen = ctx;
	uint32_t id;

	memcpy(&id, key, sizeof(id));
	ck_assert_uint_eq(large->id, id);
	ck_assert_int_eq(large->rest[sizeof(large->rest) - 1], (char)id);
	ck_assert_uint_eq(*seen >> id & 1, 0);
	*seen |= 1ULL << id;
	return 0;
}

/* 64 entries in 64 buckets: the chance that every bucket has only one is below 1e-26. */
START_TEST(buckets_larger_than_a_batch_are_walked_whole)
{
	static struct large large;
	struct ebpfi *s = load();
	uint64_t seen = 0;
	uint32_t i;

	for (i = 0; i < 64; i++) {
		large.id = i;
		large.rest[sizeof(large.rest) - 1] = (char)i;
		works(s, ebpfi_map_update(s, "mine.large", &i, 4, &large, sizeof(large), 0));
	}
	ck_assert_int_eq(ebpfi_map_each(s, "mine.large", is_whole, &seen), 64);
	ck_assert_uint_eq(seen, UINT64_MAX);
	ebpfi_free(s);
}
END_TEST

static struct ebpfi *walking;

static int replace_by_another(void *ctx, const void *key, const void *value)
{
	struct endpoint other;
	struct session session;

	memcpy(&other, key, sizeof(other));
	memcpy(&session, value, sizeof(session));
	works(walking, ebpfi_map_delete(walking, "mine.sessions", &other, sizeof(other)));
	other.address += 1000;
	works(walking, ebpfi_map_update(walking, "mine.sessions", &other, sizeof(other), &session, sizeof(session), 0));
	++*(int *)ctx;
	return 0;
}

START_TEST(walk_ends_while_its_function_replaces_every_entry)
{
	struct ebpfi *s = walking = load();
	struct session session = { .user = "me" };
	struct endpoint e = { 0 };
	int n = 0, still = 0;

	for (e.address = 0; e.address < 900; e.address++)
		works(s, ebpfi_map_update(s, "mine.sessions", &e, sizeof(e), &session, sizeof(session), 0));
	works(s, ebpfi_map_each(s, "mine.sessions", replace_by_another, &n));
	ck_assert_int_ge(n, 900);
	ck_assert_int_eq(ebpfi_map_each(s, "mine.sessions", count, &still), 900);
	ebpfi_free(s);
}
END_TEST

static int delete_prefix(void *ctx, const void *key, const void *value)
{
	(void)value;
	++*(int *)ctx;
	works(walking, ebpfi_map_delete(walking, "mine.prefixes", key, 8));
	return 0;
}

START_TEST(walk_by_keys_survives_the_deletion_of_its_entry)
{
	static const char *const prefixes[] = { "10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/16", "0.0.0.0/0", "10.1.2.3" };
	struct ebpfi *s = walking = load();
	uint32_t value = 1;
	char key[8];
	int i, n = 0;

	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(ebpfi_lpm_key(prefixes[i], key, sizeof(key)), 0);
		works(s, ebpfi_map_update(s, "mine.prefixes", key, sizeof(key), &value, sizeof(value), 0));
	}
	ck_assert_int_eq(ebpfi_map_each(s, "mine.prefixes", delete_prefix, &n), 5);
	ck_assert_int_eq(n, 5);
	ck_assert_int_eq(ebpfi_map_each(s, "mine.prefixes", count, &n), 0);
	ebpfi_free(s);
}
END_TEST

static int stop_at_third(void *ctx, const void *key, const void *value)
{
	(void)key;
	(void)value;
	return ++*(int *)ctx == 3;
}

START_TEST(walk_stops_when_its_function_returns_nonzero)
{
	struct ebpfi *s = load();
	int n = 0;

	fails(s, ebpfi_map_each(s, "mine.array", stop_at_third, &n), -ECANCELED, "stopped");
	ck_assert_int_eq(n, 3);
	ebpfi_free(s);
}
END_TEST

START_TEST(lru_map_takes_more_than_it_holds)
{
	struct ebpfi *s = load();
	uint64_t value = 1;
	uint32_t i;
	int n = 0;

	for (i = 0; i < 1000; i++)
		works(s, ebpfi_map_update(s, "mine.recent", &i, 4, &value, 8, 0));
	works(s, ebpfi_map_each(s, "mine.recent", count, &n));
	ck_assert_int_gt(n, 0);
	ck_assert_int_le(n, 64);
	ebpfi_free(s);
}
END_TEST

START_TEST(longest_prefix_wins)
{
	struct ebpfi *s = load();
	uint32_t wide = 8, narrow = 16, found = 0;
	char key[8];

	ck_assert_int_eq(ebpfi_lpm_key("10.0.0.0/8", key, sizeof(key)), 0);
	works(s, ebpfi_map_update(s, "mine.prefixes", key, sizeof(key), &wide, sizeof(wide), 0));
	ck_assert_int_eq(ebpfi_lpm_key("10.1.9.9/16", key, sizeof(key)), 0);
	works(s, ebpfi_map_update(s, "mine.prefixes", key, sizeof(key), &narrow, sizeof(narrow), 0));
	ck_assert_int_eq(ebpfi_lpm_key("10.1.2.3", key, sizeof(key)), 0);
	works(s, ebpfi_map_lookup(s, "mine.prefixes", key, sizeof(key), &found, sizeof(found)));
	ck_assert_uint_eq(found, 16);
	ck_assert_int_eq(ebpfi_lpm_key("10.2.2.3", key, sizeof(key)), 0);
	works(s, ebpfi_map_lookup(s, "mine.prefixes", key, sizeof(key), &found, sizeof(found)));
	ck_assert_uint_eq(found, 8);
	ebpfi_free(s);
}
END_TEST

START_TEST(queue_is_read_and_emptied_at_its_head)
{
	struct ebpfi *s = load();
	uint32_t value = 1;

	works(s, ebpfi_map_update(s, "mine.queue", NULL, 0, &value, 4, 0));
	value = 2;
	works(s, ebpfi_map_update(s, "mine.queue", NULL, 0, &value, 4, 0));
	fails(s, ebpfi_map_update(s, "mine.queue", NULL, 0, &value, 4, 0), -E2BIG, "full (2 entries)");
	works(s, ebpfi_map_lookup(s, "mine.queue", NULL, 0, &value, 4));
	ck_assert_uint_eq(value, 1);
	works(s, ebpfi_map_delete(s, "mine.queue", NULL, 0));
	works(s, ebpfi_map_delete(s, "mine.queue", NULL, 0));
	fails(s, ebpfi_map_delete(s, "mine.queue", NULL, 0), -ENOENT, "mine.queue is empty");
	fails(s, ebpfi_map_each(s, "mine.queue", count, &value), -EOPNOTSUPP, "of type queue");
	ebpfi_free(s);
}
END_TEST

START_TEST(ring_buffer_has_no_entries)
{
	struct ebpfi_map_info info = { .sz = sizeof(info) };
	struct ebpfi *s = load();
	uint32_t n = 0;

	fails(s, ebpfi_map_lookup(s, "mine.ring", NULL, 0, NULL, 0), -EOPNOTSUPP, "ring buffer");
	fails(s, ebpfi_map_each(s, "mine.ring", count, &n), -EOPNOTSUPP, "ebpfi_on_record()");
	fails(s, ebpfi_map_dump(s, "mine.ring", EBPFI_DUMP_TEXT, keep, NULL), -EOPNOTSUPP, "ring buffer");
	works(s, ebpfi_map_info(s, "mine.ring", &info));
	ck_assert_str_eq(info.type_name, "ringbuf");
	ebpfi_free(s);
}
END_TEST

START_TEST(maps_of_bundled_inspectors_exist_before_any_attach)
{
	struct ebpfi_map_info info = { .sz = sizeof(info) };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	uint64_t seen = 1;
	uint32_t key = 0;

	works(s, ebpfi_load(s, "packet", NULL));
	works(s, ebpfi_map_sum(s, "packet.ledger", &key, sizeof(key), &seen, 1));
	ck_assert_uint_eq(seen, 0);
	works(s, ebpfi_map_info(s, "packet.events", &info));
	ck_assert_uint_eq(info.max_entries, 4 << 20);
	ebpfi_free(s);
}
END_TEST

START_TEST(older_information_structure_is_filled_up_to_its_size)
{
	struct ebpfi_map_info info = { .sz = offsetof(struct ebpfi_map_info, value_size), .value_size = 99 };
	struct ebpfi *s = load();

	works(s, ebpfi_map_info(s, "mine.array", &info));
	ck_assert_uint_eq(info.key_size, 4);
	ck_assert_uint_eq(info.value_size, 99);
	info.sz = 0;
	fails(s, ebpfi_map_info(s, "mine.array", &info), -EINVAL, "set sz");
	ebpfi_free(s);
}
END_TEST

START_TEST(prefixes_become_keys)
{
	static const unsigned char v4[8] = { 8, 0, 0, 0, 10 };
	static const unsigned char mapped[20] = { 104, 0, 0, 0, [14] = 0xff, 0xff, 10 };
	static const unsigned char v6[20] = { 29, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8 };
	unsigned char key[20];

	ck_assert_int_eq(ebpfi_lpm_key("10.255.255.255/8", key, 8), 0);
	ck_assert_mem_eq(key, v4, 8);
	ck_assert_int_eq(ebpfi_lpm_key("10.0.0.0/8", key, 20), 0);
	ck_assert_mem_eq(key, mapped, 20);
	ck_assert_int_eq(ebpfi_lpm_key("2001:dbf::/29", key, 20), 0);
	ck_assert_mem_eq(key, v6, 20);
	ck_assert_int_eq(ebpfi_lpm_key("::1", key, 20), 0);
	ck_assert_uint_eq(key[0], 128);
	ck_assert_int_eq(ebpfi_lpm_key("2001:db8::/32", key, 8), -EAFNOSUPPORT);
	ck_assert_int_eq(ebpfi_lpm_key("10.0.0.0/8", key, 12), -EMSGSIZE);
}
END_TEST

START_TEST(texts_other_than_prefixes_are_refused)
{
	static const char *const wrong[] = {
		"",       "10.0.0/8",    "10.0.0.0/33", "10.0.0.0/",    "10.0.0.0/+8", "10.0.0.0/ 8",
		"::/129", "10.0.0.0/8x", "host",        "10.0.0.0/8/8", "/8",          ":::/8"
	};
	unsigned char key[20];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(ebpfi_lpm_key(wrong[i], key, 20) == -EINVAL, "%s", wrong[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		array_has_exactly_its_entries,
		programs_count_on_each_cpu_and_sums_add_up,
		update_flags_decide_whether_the_entry_may_exist,
		full_map_is_named_with_its_size,
		wrong_sizes_are_refused_with_both_sizes,
		unknown_names_are_refused_with_a_reason,
		globals_are_listed_by_their_sections_and_found_in_both_spellings,
		batches_write_all_or_report_the_number_written,
		buckets_larger_than_a_batch_are_walked_whole,
		walk_ends_while_its_function_replaces_every_entry,
		walk_by_keys_survives_the_deletion_of_its_entry,
		walk_stops_when_its_function_returns_nonzero,
		lru_map_takes_more_than_it_holds,
		longest_prefix_wins,
		queue_is_read_and_emptied_at_its_head,
		ring_buffer_has_no_entries,
		maps_of_bundled_inspectors_exist_before_any_attach,
		older_information_structure_is_filled_up_to_its_size,
		prefixes_become_keys,
		texts_other_than_prefixes_are_refused,
	};

	lab_require();
	return RUN_TESTS("maps", lab_setup, tests);
}
