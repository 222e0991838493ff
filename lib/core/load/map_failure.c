/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "map_failure.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "bpfcall.h"
#include "bpffs.h"
#include "probe.h"
#include "rights.h"
#include "since.h"

/* libbpf_log.c keeps libbpf's line that names the pin. */
static bool is_about_pin(const char *said)
{
	return strstr(said, ": failed to auto-pin") || strstr(said, " pinned map");
}

bool map_failure_is(const char *said)
{
	return strstr(said, "failed to create") || is_about_pin(said);
}

static bool has_indexes(unsigned int type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
		return true;
	}
	return false;
}

static bool has_descriptors(unsigned int type)
{
	return type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_PERF_EVENT_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static bool has_no_keys(unsigned int type)
{
	return type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK || type == BPF_MAP_TYPE_BLOOM_FILTER;
}

static bool is_ring(unsigned int type)
{
	return type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_USER_RINGBUF;
}

static const char *mistake_in_sizes(unsigned int type, unsigned int key, unsigned int value)
{
	if (is_ring(type))
		return key || value ? "a ring buffer has neither keys nor values: leave key and value out" : NULL;
	if (has_no_keys(type))
		return key     ? "a map of this type has no keys: leave the key out"
		       : value ? NULL
			       : "its values have no size: set __type(value, ...)";
	if (!key)
		return "its keys have no size: set __type(key, ...)";
	if (!value)
		return "its values have no size: set __type(value, ...)";
	if (has_indexes(type) && key != 4)
		return "its keys are indexes, which have 4 bytes: set __type(key, __u32)";
	if (has_descriptors(type) && value != 4)
		return "its values are descriptors, which have 4 bytes: set __uint(value_size, 4)";
	if (type == BPF_MAP_TYPE_LPM_TRIE && (key <= 4 || key > 4 + 256))
		return "the key of an LPM trie is a __u32, the prefix length, and an address of 1 to 256 bytes";
	return NULL;
}

/* Types with special rules for sizes: storage per socket, task or cgroup, and arenas. */
static bool is_storage(unsigned int type)
{
	enum { CGRP_STORAGE = 32, ARENA = 33 }; /* Linux 6.2, 6.9 */

	switch (type) {
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_STRUCT_OPS:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case CGRP_STORAGE:
	case ARENA:
		return true;
	}
	return false;
}

/* Finds a usual mistake, as the kernel says only "invalid argument". NULL: another one. */
static const char *mistake(const struct bpf_map *map)
{
	unsigned int type = bpf_map__type(map), preallocates = !(bpf_map__map_flags(map) & BPF_F_NO_PREALLOC);
	const char *in_sizes = mistake_in_sizes(type, bpf_map__key_size(map), bpf_map__value_size(map));

	if (is_storage(type) || in_sizes)
		return is_storage(type) ? NULL : in_sizes;
	if (!bpf_map__max_entries(map))
		return "it has no entries: set __uint(max_entries, ...)";
	if (type == BPF_MAP_TYPE_LPM_TRIE && preallocates)
		return "an LPM trie allocates each entry: set __uint(map_flags, BPF_F_NO_PREALLOC)";
	if ((type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH) && !preallocates)
		return "an LRU map allocates all entries at once: leave BPF_F_NO_PREALLOC out";
	return NULL;
}

static void put_shape(struct text *t, unsigned int key, unsigned int value, unsigned int entries, unsigned int flags)
{
	text_printf(t, "(key %u bytes, value %u bytes, %u entries", key, value, entries);
	if (flags)
		text_printf(t, ", flags 0x%x", flags);
	text_put(t, ")");
}

static void put_shape_of(struct text *t, const struct bpf_map *map)
{
	put_shape(t, bpf_map__key_size(map), bpf_map__value_size(map), bpf_map__max_entries(map), bpf_map__map_flags(map));
}

static const char *reason(const struct bpf_map *map, int err)
{
	const char *its_mistake;

	switch (err) {
	case -ENOMEM:
		return "the kernel has no memory for it";
	case -E2BIG:
		return "it is larger than the kernel allows";
	case -ENOSPC:
		return "the kernel has no room for so many entries";
	}
	its_mistake = mistake(map);
	return its_mistake ? its_mistake : "the kernel refuses its type, sizes or flags";
}

static unsigned int rights_of(unsigned int type)
{
	switch (type) {
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_XSKMAP:
		return RIGHT_BPF | RIGHT_NET_ADMIN;
	}
	return RIGHT_BPF;
}

/* libbpf cannot always tell whether the kernel has a type that came after 6.1. */
static void creation_failure(struct text *t, const struct bpf_map *map, int err)
{
	unsigned int type = bpf_map__type(map);
	const char *name = libbpf_bpf_map_type_str((enum bpf_map_type)type), *release = since_map(type, &name);

	if (err == -EPERM) {
		text_put(t, rights_missing(rights_of(type)));
	} else if (err == -EINVAL && probe_map(type) == -EOPNOTSUPP) {
		since_put_missing(t, name ? name : "such", " maps", release);
	} else {
		text_printf(t, "%s ", reason(map, err));
		put_shape_of(t, map);
		if (err == -EINVAL && release && type > BPF_MAP_TYPE_USER_RINGBUF)
			text_printf(t, "; %s maps came with Linux %s", name, release);
	}
}

static const char *type_name(unsigned int type)
{
	const char *name = libbpf_bpf_map_type_str((enum bpf_map_type)type);

	return name ? name : "unknown";
}

/* Describes the object at the path, which differs from the map. */
static void put_other(struct text *t, const struct bpf_map *map, int fd)
{
	struct bpf_map_info is = { 0 };

	if (bpfcall_map_info(fd, &is)) {
		text_put(t, "where something is pinned that is not a map");
		return;
	}
	text_printf(t, "where another map is pinned, of type %s ", type_name(is.type));
	put_shape(t, is.key_size, is.value_size, is.max_entries, is.map_flags);
	text_printf(t, ", while this one is of type %s ", type_name(bpf_map__type(map)));
	put_shape_of(t, map);
	text_put(t, ": remove that pin, or name another directory in the option \"pin_path\"");
}

static void put_place(struct text *t, const struct bpf_map *map, int err)
{
	int fd, place = bpffs_check(bpf_map__pin_path(map));

	if (place == -EXDEV) {
		text_put(
			t,
			"which is in no bpffs: mount one (mount -t bpf bpf /sys/fs/bpf), or name a directory of another in the "
			"option \"pin_path\"");
		return;
	}
	if (place) {
		text_printf(t, "whose directory cannot be used: %s", strerror(-place));
		return;
	}
	fd = bpfcall_get(bpf_map__pin_path(map));
	if (fd >= 0) {
		put_other(t, map, fd);
		close(fd);
	} else if (fd == -ENOENT && err != -EPERM && err != -EACCES) {
		text_printf(t, "where it cannot be pinned: %s", strerror(-err));
	} else {
		text_printf(t, "whose owner and mode do not allow it, or %s", rights_missing(RIGHT_BPF));
	}
}

void map_failure(struct text *t, const struct bpf_map *map, const char *said, int err)
{
	if (!is_about_pin(said) || !bpf_map__pin_path(map)) {
		creation_failure(t, map, err);
		return;
	}
	text_printf(t, "it asks to be pinned (LIBBPF_PIN_BY_NAME) at %s, ", bpf_map__pin_path(map));
	put_place(t, map, err);
}
