/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps that are pinned and reused by a later object. */
#include <bpf/bpf.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"
#include "maps.h"
#include "runner.h"

/* A private bpffs, in a mount namespace that ends with the test. */
static void make_bpffs(void)
{
	lab_private_mounts();
	ck_assert_int_eq(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
}

static int load_reusing(struct ebpfi *s, const char *name, const char *map, const char *path)
{
	struct ebpfi_reuse reuse = { map, path };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .reuse = &reuse, .reuse_count = 1 };

	return ebpfi_load_file(s, name, MAPS_OBJECT, &opts);
}

START_TEST(pinned_map_outlives_its_session_and_is_reused)
{
	struct ebpfi *s = load();

	make_bpffs();
	works(s, set(s, "mine.small", 1, 11));
	works(s, ebpfi_map_pin(s, "mine.small", "/sys/fs/bpf/small"));
	fails(s, ebpfi_map_pin(s, "mine.small", "/sys/fs/bpf/small"), -EEXIST, "not replaced");
	ebpfi_free(s);
	s = ebpfi_new(NULL, NULL, NULL);
	works(s, load_reusing(s, "again", "small", "/sys/fs/bpf/small"));
	ck_assert_uint_eq(get(s, "again.small", 1), 11);
	fails(s, ebpfi_map_unpin(s, "again.recent", "/sys/fs/bpf/small"), -EINVAL, "another map");
	works(s, ebpfi_map_unpin(s, "again.small", "/sys/fs/bpf/small"));
	ck_assert_int_ne(access("/sys/fs/bpf/small", F_OK), 0);
	fails(s, ebpfi_map_unpin(s, "again.small", "/sys/fs/bpf/small"), -ENOENT, "/sys/fs/bpf/small");
	ebpfi_free(s);
}
END_TEST

/* The functions on maps know each name of the list. */
static bool is_listed(struct ebpfi *s, const char *name, const char *wanted)
{
	const char *map;
	char path[64];
	bool found = false;
	unsigned int i;

	for (i = 0; (map = ebpfi_map_name(s, name, i)); i++) {
		snprintf(path, sizeof(path), "%s.%s", name, map);
		ck_assert_msg(ebpfi_map_fd(s, path) >= 0, "%s", ebpfi_errmsg(s));
		found = found || !strcmp(map, wanted);
	}
	return found;
}

START_TEST(later_object_uses_a_pinned_map_under_another_name_and_types)
{
	const struct ebpfi_reuse reuse[] = { { "untyped", "/sys/fs/bpf/untyped" }, { "little", "/sys/fs/bpf/small" } };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .reuse = reuse, .reuse_count = 2 };
	struct ebpfi *s = load();
	uint16_t key = 1;

	make_bpffs();
	works(s, set(s, "mine.small", 5, UINT32_MAX));
	works(s, ebpfi_map_update(s, "mine.untyped", &key, sizeof(key), "abc", 3, 0));
	works(s, ebpfi_map_pin(s, "mine.small", "/sys/fs/bpf/small"));
	works(s, ebpfi_map_pin(s, "mine.untyped", "/sys/fs/bpf/untyped"));
	works(s, ebpfi_load_file(s, "later", TEST_OBJECTS "/maps_later.o", &opts));
	dumps_as(s, "later.little", "5: -1\n", "[\n{\"key\":5,\"value\":-1}\n]\n");
	dumps_as(s, "later.untyped", "1: {text: \"abc\"}\n", "[\n{\"key\":1,\"value\":{\"text\":\"abc\"}}\n]\n");
	fails(s, ebpfi_map_fd(s, "later.big"), -ENOENT, "later has no map big");
	ck_assert(is_listed(s, "later", "little"));
	ck_assert(!is_listed(s, "later", "small"));
	ebpfi_free(s);
}
END_TEST

START_TEST(pinned_map_with_the_name_of_a_second_map_is_refused)
{
	struct ebpfi *s = load();

	make_bpffs();
	works(s, ebpfi_map_pin(s, "mine.other", "/sys/fs/bpf/other"));
	fails(s, load_reusing(s, "again", "one", "/sys/fs/bpf/other"), -EINVAL, "rename that one");
	ebpfi_free(s);
}
END_TEST

START_TEST(pinned_maps_of_other_sizes_are_refused_with_both)
{
	struct ebpfi *s = load();

	make_bpffs();
	works(s, ebpfi_map_pin(s, "mine.sessions", "/sys/fs/bpf/sessions"));
	works(s, ebpfi_map_pin(s, "mine.large", "/sys/fs/bpf/large"));
	fails(s, load_reusing(s, "again", "small", "/sys/fs/bpf/sessions"), -EINVAL, "keys of 8 bytes, the object's of 4");
	fails(s, load_reusing(s, "again", "small", "/sys/fs/bpf/large"), -EINVAL, "values of 40008 bytes, the object's of 4");
	fails(s, load_reusing(s, "again", "array", "/sys/fs/bpf/large"), -EINVAL, "of type hash, the object's of type array");
	fails(s, load_reusing(s, "again", "nothing", "/sys/fs/bpf/large"), -ENOENT, "again has no map nothing");
	fails(s, load_reusing(s, "again", "small", "/sys/fs/bpf/none"), -ENOENT, "nothing is pinned at /sys/fs/bpf/none");
	fails(s, ebpfi_map_pin(s, "mine.small", "/tmp/small"), -EINVAL, "no bpffs");
	fails(s, ebpfi_map_pin(s, "mine.small", "/sys/fs/bpf/no/small"), -ENOENT, "directory");
	ebpfi_free(s);
}
END_TEST

static int load_pinning(struct ebpfi *s, const char *name, const char *directory)
{
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .pin_path = directory };

	return ebpfi_load_file(s, name, TEST_OBJECTS "/pinned_map.o", &opts);
}

START_TEST(map_pinned_by_its_name_is_used_by_the_next_object)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	uint32_t key = 1;
	uint64_t value = 7, back = 0;

	make_bpffs();
	works(s, load_pinning(s, "one", NULL));
	works(s, load_pinning(s, "two", NULL));
	works(s, ebpfi_map_update(s, "one.kept", &key, sizeof(key), &value, sizeof(value), 0));
	works(s, ebpfi_map_lookup(s, "two.kept", &key, sizeof(key), &back, sizeof(back)));
	ck_assert_uint_eq(back, 7);
	works(s, ebpfi_map_unpin(s, "two.kept", "/sys/fs/bpf/kept"));
	ebpfi_free(s);
}
END_TEST

START_TEST(map_pinned_by_its_name_outside_of_a_bpffs_is_refused_with_the_reason)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	lab_private_mounts();
	ck_assert_int_eq(mount("none", "/sys/fs/bpf", "tmpfs", 0, NULL), 0);
	fails(s, load_pinning(s, "mine", NULL), -EINVAL,
	      "map kept: it asks to be pinned (LIBBPF_PIN_BY_NAME) at /sys/fs/bpf/kept");
	fails(s, load_pinning(s, "mine", NULL), -EINVAL, "in no bpffs: mount one (mount -t bpf bpf /sys/fs/bpf)");
	fails(s, load_pinning(s, "mine", "/sys/fs/bpf/no/directory"), -ENOENT,
	      "/sys/fs/bpf/no/directory/kept, whose directory cannot be used");
	ebpfi_free(s);
}
END_TEST

START_TEST(map_pinned_by_its_name_on_another_object_is_refused_with_both)
{
	struct ebpfi *s = load();

	make_bpffs();
	works(s, ebpfi_map_pin(s, "mine.small", "/sys/fs/bpf/kept"));
	fails(s, load_pinning(s, "again", NULL), -EINVAL,
	      "another map is pinned, of type hash (key 4 bytes, value 4 bytes, 2 entries), while this one is of type hash "
	      "(key 4 "
	      "bytes, value 8 bytes, 16 entries)");
	works(s, ebpfi_map_unpin(s, "mine.small", "/sys/fs/bpf/kept"));
	ck_assert_int_eq(bpf_obj_pin(ebpfi_program_fd(s, "mine", "count"), "/sys/fs/bpf/kept"), 0);
	fails(s, load_pinning(s, "again", NULL), -EINVAL, "something is pinned that is not a map");
	fails(s, load_reusing(s, "again", "small", "/sys/fs/bpf/kept"), -EINVAL,
	      "something is pinned at /sys/fs/bpf/kept that is not a map");
	fails(s, ebpfi_map_unpin(s, "mine.small", "/sys/fs/bpf/kept"), -EINVAL, "not a map: it stays");
	ck_assert_int_eq(unlink("/sys/fs/bpf/kept"), 0);
	ebpfi_free(s);
}
END_TEST

/* Changes to another user, but keeps the capabilities for maps and programs. */
static void become_another_user(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	const uint64_t kept = 1ULL << CAP_BPF | 1ULL << CAP_NET_ADMIN;

	ck_assert_int_eq(prctl(PR_SET_KEEPCAPS, 1), 0);
	ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	data[0].effective = data[0].permitted = (uint32_t)kept;
	data[1].effective = data[1].permitted = (uint32_t)(kept >> 32);
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0); /* otherwise /proc/self belongs to root */
}

START_TEST(directory_or_pin_of_another_user_is_named_as_the_reason)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	make_bpffs();
	ck_assert_int_eq(chmod("/sys/fs/bpf", 0755), 0);
	works(s, load_pinning(s, "mine", NULL));
	works(s, ebpfi_map_pin(s, "mine.kept", "/sys/fs/bpf/other"));
	become_another_user();
	fails(s, load_pinning(s, "again", NULL), -EACCES, "kept, whose owner and mode do not allow it");
	fails(s, load_reusing(s, "again", "small", "/sys/fs/bpf/other"), -EACCES, "owner and mode do not allow it");
	fails(s, ebpfi_map_pin(s, "mine.kept", "/sys/fs/bpf/third"), -EACCES, "its directory's owner and mode do not allow it");
	ebpfi_free(s);
}
END_TEST

START_TEST(unwritable_directory_is_named_as_the_reason)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	make_bpffs();
	ck_assert_int_eq(chmod("/sys/fs/bpf", 0755), 0);
	become_another_user();
	fails(s, load_pinning(s, "mine", NULL), -EACCES, "kept, whose owner and mode do not allow it");
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pinned_map_outlives_its_session_and_is_reused,
		later_object_uses_a_pinned_map_under_another_name_and_types,
		pinned_map_with_the_name_of_a_second_map_is_refused,
		pinned_maps_of_other_sizes_are_refused_with_both,
		map_pinned_by_its_name_is_used_by_the_next_object,
		map_pinned_by_its_name_outside_of_a_bpffs_is_refused_with_the_reason,
		map_pinned_by_its_name_on_another_object_is_refused_with_both,
		directory_or_pin_of_another_user_is_named_as_the_reason,
		unwritable_directory_is_named_as_the_reason,
	};

	lab_require();
	return RUN_TESTS("map_pin", lab_setup, tests);
}
