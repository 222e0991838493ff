/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "object_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner.h"
#include "workdir.h"

static char home[WORKDIR_MAX], place[WORKDIR_MAX + 16];

/* Each test's own, in one that goes when all have run. */
static void make_home(void)
{
	ck_assert_int_eq(workdir_make(home), 0);
	snprintf(place, sizeof(place), "%s/ebpfinspect", home);
	setenv("XDG_CACHE_HOME", home, 1);
}

static struct cache_key key_of(const char *text)
{
	return (struct cache_key){ text, strlen(text) };
}

static void put(int dir, const char *key, const char *object)
{
	struct cache_key k = key_of(key);

	ck_assert_int_eq(object_cache_put(dir, &k, object, strlen(object)), 0);
}

static bool holds(int dir, const char *key, const char *object)
{
	struct cache_key k = key_of(key);
	char *found;
	size_t size;
	bool same;

	if (object_cache_get(dir, &k, &found, &size))
		return false;
	same = size == strlen(object) && !memcmp(found, object, size);
	free(found);
	return same;
}

/* The entries' names; the last one in `name`. */
static int list(char name[256])
{
	DIR *entries = opendir(place);
	struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(entries);
	while ((entry = readdir(entries))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(name, 256, "%s", entry->d_name);
		n++;
	}
	closedir(entries);
	return n;
}

START_TEST(gives_back_what_was_put)
{
	int dir = object_cache_open();

	ck_assert_int_ge(dir, 0);
	ck_assert(!holds(dir, "one", "1"));
	put(dir, "one", "1");
	put(dir, "two", "22");
	ck_assert(holds(dir, "one", "1"));
	ck_assert(holds(dir, "two", "22"));
	put(dir, "one", "3");
	ck_assert(holds(dir, "one", "3"));
	close(dir);
}
END_TEST

START_TEST(a_collision_of_hashes_picks_no_wrong_object)
{
	char name[256], from[1024], to[1024];
	int dir = object_cache_open();

	put(dir, "one", "1");
	ck_assert_int_eq(list(name), 1);
	snprintf(to, sizeof(to), "%s/%s", place, name);
	ck_assert_int_eq(unlink(to), 0);
	put(dir, "two", "2");
	ck_assert_int_eq(list(name), 1);
	snprintf(from, sizeof(from), "%s/%s", place, name);
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert(!holds(dir, "one", "2"));
	close(dir);
}
END_TEST

START_TEST(a_file_that_was_cut_is_no_entry)
{
	char name[256], path[1024];
	int dir = object_cache_open();
	off_t size;

	for (size = 0; size < 16 + 8 + 8 + 3 + 4; size++) {
		put(dir, "one", "1234");
		ck_assert(holds(dir, "one", "1234"));
		ck_assert_int_eq(list(name), 1);
		snprintf(path, sizeof(path), "%s/%s", place, name);
		ck_assert_int_eq(truncate(path, size), 0);
		ck_assert(!holds(dir, "one", "1234"));
	}
	close(dir);
}
END_TEST

START_TEST(keeps_the_ones_used_last_and_no_more_than_its_bound)
{
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
	char key[16], name[256];
	int i, dir = object_cache_open();

	for (i = 0; i < OBJECT_CACHE_ENTRIES; i++) {
		snprintf(key, sizeof(key), "%d", i);
		put(dir, key, key);
		ck_assert_int_eq(list(name), i + 1);
		if (i == 0)
			ck_assert_int_eq(utimensat(dir, name, old, 0), 0);
	}
	put(dir, "another", "x");
	ck_assert_int_eq(list(name), OBJECT_CACHE_ENTRIES);
	ck_assert(!holds(dir, "0", "0"));
	ck_assert(holds(dir, "1", "1"));
	ck_assert(holds(dir, "another", "x"));
	close(dir);
}
END_TEST

START_TEST(using_an_entry_makes_it_young)
{
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
	char name[256], path[1024];
	struct stat status;
	int dir = object_cache_open();

	put(dir, "one", "1");
	ck_assert_int_eq(list(name), 1);
	ck_assert_int_eq(utimensat(dir, name, old, 0), 0);
	ck_assert(holds(dir, "one", "1"));
	snprintf(path, sizeof(path), "%s/%s", place, name);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_gt(status.st_mtim.tv_sec, 1);
	close(dir);
}
END_TEST

START_TEST(is_its_owners_alone)
{
	struct stat status;
	int dir = object_cache_open();

	ck_assert_int_ge(dir, 0);
	ck_assert_int_eq(fstat(dir, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0700);
	close(dir);
}
END_TEST

START_TEST(refuses_a_directory_that_others_may_write_to)
{
	ck_assert_int_eq(mkdir(place, 0700), 0);
	ck_assert_int_eq(chmod(place, 0770), 0);
	ck_assert_int_eq(object_cache_open(), -EPERM);
	ck_assert_int_eq(chmod(place, 0702), 0);
	ck_assert_int_eq(object_cache_open(), -EPERM);
}
END_TEST

START_TEST(refuses_a_directory_of_another_and_a_link)
{
	if (!geteuid()) {
		ck_assert_int_eq(mkdir(place, 0700), 0);
		ck_assert_int_eq(chown(place, 1, 1), 0);
		ck_assert_int_eq(object_cache_open(), -EPERM);
		ck_assert_int_eq(rmdir(place), 0);
	}
	ck_assert_int_eq(symlink("/tmp", place), 0);
	ck_assert_int_lt(object_cache_open(), 0);
}
END_TEST

START_TEST(takes_no_file_that_others_may_write_to)
{
	char name[256];
	int dir = object_cache_open();

	put(dir, "one", "1");
	ck_assert_int_eq(list(name), 1);
	ck_assert_int_eq(fchmodat(dir, name, 0666, 0), 0);
	ck_assert(!holds(dir, "one", "1"));
	close(dir);
}
END_TEST

START_TEST(lies_in_the_home_directory_where_nothing_else_is_said)
{
	char path[1024];
	int dir;

	setenv("XDG_CACHE_HOME", "not/absolute", 1);
	setenv("HOME", home, 1);
	dir = object_cache_open();
	ck_assert_int_ge(dir, 0);
	close(dir);
	snprintf(path, sizeof(path), "%s/.cache/ebpfinspect", home);
	ck_assert_int_eq(access(path, F_OK), 0);
	unsetenv("HOME");
	ck_assert_int_eq(object_cache_open(), -ENOENT);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		gives_back_what_was_put,
		a_collision_of_hashes_picks_no_wrong_object,
		a_file_that_was_cut_is_no_entry,
		keeps_the_ones_used_last_and_no_more_than_its_bound,
		using_an_entry_makes_it_young,
		is_its_owners_alone,
		refuses_a_directory_that_others_may_write_to,
		refuses_a_directory_of_another_and_a_link,
		takes_no_file_that_others_may_write_to,
		lies_in_the_home_directory_where_nothing_else_is_said,
	};

	char top[WORKDIR_MAX];
	int failed;

	if (workdir_make(top))
		return 1;
	setenv("TMPDIR", top, 1);
	failed = RUN_TESTS("object cache", make_home, tests);
	workdir_remove(top);
	return failed;
}
