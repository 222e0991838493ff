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

/* One home per test, in a directory that is removed at the end. */
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

START_TEST(stored_object_is_returned)
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

START_TEST(hash_collision_returns_no_wrong_object)
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

START_TEST(truncated_file_is_ignored)
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

START_TEST(full_cache_drops_the_least_recently_used)
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

START_TEST(lookup_updates_the_time_of_use)
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

START_TEST(directory_is_private_to_its_owner)
{
	struct stat status;
	int dir = object_cache_open();

	ck_assert_int_ge(dir, 0);
	ck_assert_int_eq(fstat(dir, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0700);
	close(dir);
}
END_TEST

START_TEST(directory_writable_by_others_is_refused)
{
	ck_assert_int_eq(mkdir(place, 0700), 0);
	ck_assert_int_eq(chmod(place, 0770), 0);
	ck_assert_int_eq(object_cache_open(), -EPERM);
	ck_assert_int_eq(chmod(place, 0702), 0);
	ck_assert_int_eq(object_cache_open(), -EPERM);
}
END_TEST

START_TEST(foreign_directory_and_symbolic_link_are_refused)
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

static int entries_of(const char *path)
{
	DIR *entries = opendir(path);
	struct dirent *entry;
	int n = 0;

	ck_assert_ptr_nonnull(entries);
	while ((entry = readdir(entries)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(entries);
	return n;
}

/* sudo may keep the user's HOME. Files of root there would block the user. */
START_TEST(nothing_is_created_in_another_users_directories)
{
	char cache[WORKDIR_MAX + 16];

	if (geteuid())
		return;
	snprintf(cache, sizeof(cache), "%s/.cache", home);
	ck_assert_int_eq(chown(home, 1, 1), 0);
	setenv("XDG_CACHE_HOME", home, 1);
	ck_assert_int_eq(object_cache_open(), -EPERM);
	setenv("XDG_CACHE_HOME", cache, 1);
	ck_assert_int_eq(object_cache_open(), -EPERM);
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", home, 1);
	ck_assert_int_eq(object_cache_open(), -EPERM);
	ck_assert_int_eq(entries_of(home), 0);
	ck_assert_int_eq(mkdir(cache, 0700), 0);
	ck_assert_int_eq(chown(cache, 1, 1), 0);
	ck_assert_int_eq(object_cache_open(), -EPERM);
	ck_assert_int_eq(entries_of(cache), 0);
}
END_TEST

START_TEST(cache_directory_is_created_with_or_without_a_trailing_slash)
{
	char cache[WORKDIR_MAX + 16], path[WORKDIR_MAX + 32];
	int dir;

	snprintf(cache, sizeof(cache), "%s/new//", home);
	setenv("XDG_CACHE_HOME", cache, 1);
	dir = object_cache_open();
	ck_assert_int_ge(dir, 0);
	close(dir);
	snprintf(path, sizeof(path), "%s/new/ebpfinspect", home);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(file_writable_by_others_is_ignored)
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

START_TEST(cache_is_in_the_home_directory_by_default)
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
		stored_object_is_returned,
		hash_collision_returns_no_wrong_object,
		truncated_file_is_ignored,
		full_cache_drops_the_least_recently_used,
		lookup_updates_the_time_of_use,
		directory_is_private_to_its_owner,
		directory_writable_by_others_is_refused,
		foreign_directory_and_symbolic_link_are_refused,
		nothing_is_created_in_another_users_directories,
		cache_directory_is_created_with_or_without_a_trailing_slash,
		file_writable_by_others_is_ignored,
		cache_is_in_the_home_directory_by_default,
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
