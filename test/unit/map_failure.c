/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Mistakes in a map's definition. The kernel reports only "invalid argument". */
#include "map_failure.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "runner.h"

static const struct {
	unsigned int type, key, value, entries, flags;
	const char *words;
} mistakes[] = {
	{ BPF_MAP_TYPE_HASH, 4, 4, 0, 0, "it has no entries: set __uint(max_entries, ...)" },
	{ BPF_MAP_TYPE_HASH, 0, 4, 1, 0, "its keys have no size" },
	{ BPF_MAP_TYPE_HASH, 4, 0, 1, 0, "its values have no size" },
	{ BPF_MAP_TYPE_ARRAY, 8, 4, 1, 0, "its keys are indexes, which have 4 bytes" },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 2, 4, 1, 0, "its keys are indexes, which have 4 bytes" },
	{ BPF_MAP_TYPE_PROG_ARRAY, 4, 8, 1, 0, "its values are descriptors, which have 4 bytes" },
	{ BPF_MAP_TYPE_RINGBUF, 4, 0, 4096, 0, "a ring buffer has neither keys nor values" },
	{ BPF_MAP_TYPE_QUEUE, 4, 4, 1, 0, "a map of this type has no keys" },
	{ BPF_MAP_TYPE_STACK, 0, 0, 1, 0, "its values have no size" },
	{ BPF_MAP_TYPE_LPM_TRIE, 8, 4, 1, 0, "set __uint(map_flags, BPF_F_NO_PREALLOC)" },
	{ BPF_MAP_TYPE_LPM_TRIE, 4, 4, 1, BPF_F_NO_PREALLOC, "a __u32, the prefix length, and an address" },
	{ BPF_MAP_TYPE_LRU_HASH, 4, 4, 1, BPF_F_NO_PREALLOC, "leave BPF_F_NO_PREALLOC out" },
	{ BPF_MAP_TYPE_HASH, 4, 4, 1, 1U << 30,
	  "type, sizes or flags (key 4 bytes, value 4 bytes, 1 entries, flags 0x40000000)" },
};

enum { MISTAKES = sizeof(mistakes) / sizeof(mistakes[0]) };

/* Without capabilities the kernel refuses every map, so the test needs them. */
static int refusal(int i)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = mistakes[i].flags);
	int fd = bpf_map_create((enum bpf_map_type)mistakes[i].type, "wrong", mistakes[i].key, mistakes[i].value,
				mistakes[i].entries, &opts);

	ck_assert_msg(fd < 0, "%s: the kernel takes it", mistakes[i].words);
	return fd == -EPERM ? -EINVAL : fd;
}

START_TEST(each_mistake_has_its_message)
{
	struct bpf_object *object = bpf_object__open(TEST_OBJECTS "/pinned_map.o");
	struct bpf_map *map = bpf_object__find_map_by_name(object, "kept");
	char words[512];
	struct text t = text_in(words, sizeof(words));

	ck_assert_ptr_nonnull(map);
	bpf_map__set_type(map, (enum bpf_map_type)mistakes[_i].type);
	bpf_map__set_key_size(map, mistakes[_i].key);
	bpf_map__set_value_size(map, mistakes[_i].value);
	bpf_map__set_max_entries(map, mistakes[_i].entries);
	bpf_map__set_map_flags(map, mistakes[_i].flags);
	map_failure(&t, map, "map 'kept': failed to create: ...", refusal(_i));
	ck_assert_msg(strstr(words, mistakes[_i].words) != NULL, "\"%s\" is not in \"%s\"", mistakes[_i].words, words);
	bpf_object__close(object);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { each_mistake_has_its_message };

	return RUN_LOOPS("map_failure", NULL, tests, MISTAKES);
}
