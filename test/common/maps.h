/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Shared by the tests of maps: the object kernel/bpf/maps.bpf.c, its types, and checks that print the session's message. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <string.h>

#include "runner.h"

#define MAPS_OBJECT TEST_OBJECTS "/maps.o"

struct traffic {
	uint64_t packets, bytes;
};

struct endpoint {
	uint32_t address;
	uint16_t port, pad;
};

struct session {
	char user[8];
	uint32_t state;
	uint32_t bits;
	struct traffic traffic;
};

struct large {
	uint64_t id;
	char rest[40000];
};

static inline struct ebpfi *load(void)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	ck_assert_msg(!ebpfi_load_file(s, "mine", MAPS_OBJECT, NULL), "%s", ebpfi_errmsg(s));
	return s;
}

static inline void works(struct ebpfi *s, int result)
{
	ck_assert_msg(result >= 0, "%d: %s", result, ebpfi_errmsg(s));
}

static inline void fails(struct ebpfi *s, int result, int err, const char *words)
{
	ck_assert_int_eq(result, err);
	ck_assert_msg(strstr(ebpfi_errmsg(s), words) != NULL, "%s", ebpfi_errmsg(s));
}

static inline int set(struct ebpfi *s, const char *map, uint32_t key, uint32_t value)
{
	return ebpfi_map_update(s, map, &key, sizeof(key), &value, sizeof(value), EBPFI_UPDATE_ANY);
}

static inline uint32_t get(struct ebpfi *s, const char *map, uint32_t key)
{
	uint32_t value = 0;

	works(s, ebpfi_map_lookup(s, map, &key, sizeof(key), &value, sizeof(value)));
	return value;
}

/* A complete dump. */
struct text {
	char at[1 << 16];
	size_t size;
};

static inline int keep(void *ctx, const char *text, size_t size)
{
	struct text *all = ctx;

	ck_assert_uint_lt(all->size + size, sizeof(all->at));
	memcpy(all->at + all->size, text, size);
	all->size += size;
	all->at[all->size] = '\0';
	return 0;
}

static inline void dumps_as(struct ebpfi *s, const char *map, const char *text, const char *json)
{
	static struct text all;

	all.size = 0;
	works(s, ebpfi_map_dump(s, map, EBPFI_DUMP_TEXT, keep, &all));
	ck_assert_str_eq(all.at, text);
	all.size = 0;
	works(s, ebpfi_map_dump(s, map, EBPFI_DUMP_JSON, keep, &all));
	ck_assert_str_eq(all.at, json);
}
