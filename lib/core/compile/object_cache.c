/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "object_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

enum { FILE_MAX = 128 << 20, NAME_SIZE = 64 };

/* The header of a file; the key and the object follow. */
struct head {
	char magic[16];
	uint64_t key_size, object_size;
};

static const char magic[16] = "ebpfi object 1";

/* FNV-1a */
static uint64_t hash_of(const struct cache_key *key)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < key->size; i++)
		hash = (hash ^ (unsigned char)key->bytes[i]) * 0x100000001b3;
	return hash;
}

static void name_of(const struct cache_key *key, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%016" PRIx64 ".object", hash_of(key));
}

/* Directories of root, such as /tmp, are fine. Never write to another user's, even as root. */
static bool is_others(int fd)
{
	struct stat status;

	return fstat(fd, &status) || (status.st_uid && status.st_uid != geteuid());
}

static bool is_ours(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH));
}

/* Opens a directory inside another one, and makes it if it is missing. */
static int open_directory(int in, const char *name, int flags)
{
	int dir;

	if (is_others(in))
		return -EPERM;
	if (mkdirat(in, name, 0700) && errno != EEXIST)
		return -errno;
	dir = openat(in, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	return dir < 0 ? -errno : dir;
}

/* The XDG base directory specification: $XDG_CACHE_HOME is made if it is missing, and ignored if it is relative. */
static int open_cache_home(void)
{
	const char *cache = secure_getenv("XDG_CACHE_HOME"), *home = secure_getenv("HOME");
	char path[4096], *name;
	int n, in, dir;

	if (cache && *cache == '/')
		n = snprintf(path, sizeof(path), "%s", cache);
	else if (home && *home == '/')
		n = snprintf(path, sizeof(path), "%s/.cache", home);
	else
		return -ENOENT;
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 || errno != ENOENT)
		return dir < 0 ? -errno : dir;
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	name = strrchr(path, '/');
	*name++ = '\0';
	in = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (in < 0)
		return -errno;
	dir = open_directory(in, name, 0);
	close(in);
	return dir;
}

int object_cache_open(void)
{
	int dir, home = open_cache_home();

	if (home < 0)
		return home;
	dir = open_directory(home, "ebpfinspect", O_NOFOLLOW);
	close(home);
	if (dir < 0 || is_ours(dir))
		return dir;
	close(dir);
	return -EPERM;
}

static int open_entry(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -ENOENT;
	if (is_ours(fd))
		return fd;
	close(fd);
	return -ENOENT;
}

/* Moves the object to the front of a file's bytes, if the file is whole and the key's own. */
static int take_object(const struct cache_key *key, char *file, size_t file_size, size_t *size)
{
	struct head head;

	if (file_size < sizeof(head))
		return -ENOENT;
	memcpy(&head, file, sizeof(head));
	if (memcmp(head.magic, magic, sizeof(magic)) || head.key_size != key->size ||
	    head.object_size != file_size - sizeof(head) - head.key_size || memcmp(file + sizeof(head), key->bytes, key->size))
		return -ENOENT;
	*size = head.object_size;
	memmove(file, file + sizeof(head) + key->size, *size);
	return 0;
}

int object_cache_get(int dir, const struct cache_key *key, char **object, size_t *size)
{
	char name[NAME_SIZE], *file;
	size_t file_size;
	int fd, err;

	name_of(key, name);
	fd = open_entry(dir, name);
	if (fd < 0)
		return fd;
	err = file_read_fd(fd, FILE_MAX, &file, &file_size);
	if (!err)
		err = take_object(key, file, file_size, size);
	if (!err)
		futimens(fd, NULL); /* marks the entry as just used, for oldest_of() */
	else
		free(file);
	close(fd);
	if (!err)
		*object = file;
	return err;
}

static int write_entry(int fd, const struct cache_key *key, const void *object, size_t size)
{
	struct head head = { .key_size = key->size, .object_size = size };
	int err;

	memcpy(head.magic, magic, sizeof(magic));
	err = file_write_fd(fd, &head, sizeof(head));
	if (!err)
		err = file_write_fd(fd, key->bytes, key->size);
	return err ? err : file_write_fd(fd, object, size);
}

static bool is_entry(const char *name)
{
	size_t hex = strspn(name, "0123456789abcdef");

	return hex == 16 && (!strcmp(name + hex, ".object") || !strcmp(name + hex, ".new"));
}

/* Counts the entries and finds the one that was used longest ago. */
static int oldest_of(DIR *entries, char oldest[NAME_SIZE])
{
	struct timespec least = { 0 };
	struct dirent *entry;
	struct stat status;
	int count = 0;

	rewinddir(entries);
	while ((entry = readdir(entries))) {
		if (!is_entry(entry->d_name) || fstatat(dirfd(entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW))
			continue;
		if (!count++ || status.st_mtim.tv_sec < least.tv_sec ||
		    (status.st_mtim.tv_sec == least.tv_sec && status.st_mtim.tv_nsec < least.tv_nsec)) {
			least = status.st_mtim;
			snprintf(oldest, NAME_SIZE, "%.63s", entry->d_name);
		}
	}
	return count;
}

static void make_room(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	char oldest[NAME_SIZE];

	if (!entries) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while (oldest_of(entries, oldest) > OBJECT_CACHE_ENTRIES && !unlinkat(dir, oldest, 0))
		;
	closedir(entries);
}

/* Writes a temporary file and renames it: a reader sees a whole entry or none, even with several writers. */
int object_cache_put(int dir, const struct cache_key *key, const void *object, size_t size)
{
	char name[NAME_SIZE], aside[NAME_SIZE];
	uint64_t random;
	int fd, err;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	name_of(key, name);
	snprintf(aside, sizeof(aside), "%016" PRIx64 ".new", random);
	fd = openat(dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_entry(fd, key, object, size);
	close(fd);
	if (!err && renameat(dir, aside, dir, name))
		err = -errno;
	if (err)
		unlinkat(dir, aside, 0);
	else
		make_room(dir);
	return err;
}
