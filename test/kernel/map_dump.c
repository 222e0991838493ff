/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps as text and JSON. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "maps.h"
#include "runner.h"

START_TEST(globals_are_maps_and_knobs_are_read_only)
{
	const uint64_t seen = 7;
	struct ebpfi *s = load();
	uint32_t key = 0;

	works(s, ebpfi_map_update(s, "mine..bss", &key, 4, &seen, sizeof(seen), 0));
	dumps_as(s, "mine..bss", "0: {seen: 7}\n", "[\n{\"key\":0,\"value\":{\"seen\":7}}\n]\n");
	dumps_as(s, "mine..data", "0: {balance: -5}\n", "[\n{\"key\":0,\"value\":{\"balance\":-5}}\n]\n");
	dumps_as(s, "mine..rodata", "0: {title: \"maps\"}\n", "[\n{\"key\":0,\"value\":{\"title\":\"maps\"}}\n]\n");
	fails(s, ebpfi_map_update(s, "mine..rodata", &key, 4, &seen, sizeof(seen), 0), -EPERM, "read-only");
	ebpfi_free(s);
}
END_TEST

START_TEST(per_cpu_values_lie_eight_bytes_apart_and_are_listed)
{
	struct ebpfi_map_info info = { .sz = sizeof(info) };
	char text[8192] = "7: [", json[8192] = "[\n{\"key\":7,\"values\":[", number[16];
	struct ebpfi *s = load();
	uint32_t key = 7, i;
	uint64_t *values;

	works(s, ebpfi_map_info(s, "mine.cpu_hash", &info));
	ck_assert_uint_eq(info.value_size, 4);
	ck_assert_uint_eq(info.stride, 8);
	ck_assert_str_eq(info.type_name, "percpu_hash");
	values = calloc(info.values, 8);
	for (i = 0; i < info.values; i++) {
		memcpy(&values[i], &(uint32_t){ i + 10 }, 4);
		snprintf(number, sizeof(number), "%s%u", i ? ", " : "", i + 10);
		strcat(text, number);
		snprintf(number, sizeof(number), "%s%u", i ? "," : "", i + 10);
		strcat(json, number);
	}
	works(s, ebpfi_map_update(s, "mine.cpu_hash", &key, sizeof(key), values, 8UL * info.values, EBPFI_UPDATE_NEW));
	dumps_as(s, "mine.cpu_hash", strcat(text, "]\n"), strcat(json, "]}\n]\n"));
	fails(s, ebpfi_map_lookup(s, "mine.cpu_hash", &key, sizeof(key), values, 4), -EINVAL, "of 4 bytes rounded up to 8");
	free(values);
	ebpfi_free(s);
}
END_TEST

START_TEST(maps_of_maps_take_descriptors_and_give_ids)
{
	struct ebpfi_map_info one = { .sz = sizeof(one) }, other = { .sz = sizeof(other) };
	char text[64], json[128];
	struct ebpfi *s = load();

	works(s, ebpfi_map_info(s, "mine.one", &one));
	works(s, ebpfi_map_info(s, "mine.other", &other));
	ck_assert_uint_eq(get(s, "mine.outer", 1), one.id);
	works(s, set(s, "mine.outer", 2, (uint32_t)ebpfi_map_fd(s, "mine.other")));
	snprintf(text, sizeof(text), "1: %u\n2: %u\n", one.id, other.id);
	snprintf(json, sizeof(json), "[\n{\"key\":1,\"value\":%u},\n{\"key\":2,\"value\":%u}\n]\n", one.id, other.id);
	dumps_as(s, "mine.outer", text, json);
	ebpfi_free(s);
}
END_TEST

START_TEST(structures_are_dumped_by_their_members)
{
	struct session session = { .user = "a\"b", .state = 1, .bits = 1 | 5 << 1, .traffic = { 1, 1ULL << 63 } };
	struct endpoint e = { 0x0a000001, 443, 0 };
	struct ebpfi *s = load();

	works(s, ebpfi_map_update(s, "mine.sessions", &e, sizeof(e), &session, sizeof(session), 0));
	dumps_as(s, "mine.sessions",
		 "{address: 167772161, port: 443, pad: 0}: {user: \"a\\\"b\", state: STATE_OPEN, urgent: 1, level: 5, "
		 "traffic: {packets: 1, bytes: 9223372036854775808}}\n",
		 "[\n{\"key\":{\"address\":167772161,\"port\":443,\"pad\":0},\"value\":{\"user\":\"a\\\"b\",\"state\":\"STATE_"
		 "OPEN\","
		 "\"urgent\":1,\"level\":5,\"traffic\":{\"packets\":1,\"bytes\":9223372036854775808}}}\n]\n");
	ebpfi_free(s);
}
END_TEST

START_TEST(entries_without_a_type_are_dumped_in_hexadecimal)
{
	struct ebpfi *s = load();

	dumps_as(s, "mine.untyped", "", "[\n]\n");
	works(s, ebpfi_map_update(s, "mine.untyped", "\1\2", 2, "\377\0\1", 3, 0));
	dumps_as(s, "mine.untyped", "01 02: ff 00 01\n", "[\n{\"key\":\"01 02\",\"value\":\"ff 00 01\"}\n]\n");
	ebpfi_free(s);
}
END_TEST

static int to_python(void *ctx, const char *text, size_t size)
{
	return fwrite(text, 1, size, ctx) != size;
}

static void is_json(struct ebpfi *s, const char *map)
{
	FILE *python = popen("python3 -m json.tool >/dev/null", "w");

	ck_assert_ptr_nonnull(python);
	works(s, ebpfi_map_dump(s, map, EBPFI_DUMP_JSON, to_python, python));
	ck_assert_int_eq(pclose(python), 0);
}

/* The large map's values are many times larger than the buffer of a dump. */
START_TEST(python_reads_the_dump_of_every_map)
{
	static const char *const maps[] = { "array", "cpu_array", "sessions", "small", "large",   "cpu_hash", "recent",
					    "one",   "prefixes",  "untyped",  "outer", ".rodata", ".bss",     ".data" };
	static struct large large = { .id = 1, .rest = "\377\1\2\"" };
	struct ebpfi *s = load();
	uint32_t key = 0;
	char name[32];
	size_t i;

	if (system("command -v python3 >/dev/null")) {
		puts("SKIP: python3 is missing, so the JSON is not checked");
		ebpfi_free(s);
		return;
	}
	works(s, ebpfi_map_update(s, "mine.large", &key, 4, &large, sizeof(large), 0));
	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		snprintf(name, sizeof(name), "mine.%s", maps[i]);
		is_json(s, name);
	}
	ebpfi_free(s);
}
END_TEST

static int refuse(void *ctx, const char *text, size_t size)
{
	(void)text;
	(void)size;
	return ++*(int *)ctx == 2;
}

START_TEST(dump_stops_when_its_function_returns_nonzero)
{
	static struct large large;
	struct ebpfi *s = load();
	uint32_t key = 0;
	int n = 0;

	works(s, ebpfi_map_update(s, "mine.large", &key, 4, &large, sizeof(large), 0));
	memset(large.rest, 1, sizeof(large.rest));
	works(s, ebpfi_map_update(s, "mine.large", &key, 4, &large, sizeof(large), 0));
	fails(s, ebpfi_map_dump(s, "mine.large", EBPFI_DUMP_TEXT, refuse, &n), -ECANCELED, "stopped");
	ck_assert_int_eq(n, 2);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		entries_without_a_type_are_dumped_in_hexadecimal,
		structures_are_dumped_by_their_members,
		python_reads_the_dump_of_every_map,
		dump_stops_when_its_function_returns_nonzero,
		globals_are_maps_and_knobs_are_read_only,
		per_cpu_values_lie_eight_bytes_apart_and_are_listed,
		maps_of_maps_take_descriptors_and_give_ids,
	};

	lab_require();
	return RUN_TESTS("map_dump", lab_setup, tests);
}
