/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* In-memory files that a test builds byte by byte, in either byte order. They have a path while the test runs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runner.h"

struct bytes {
	uint8_t *at;
	size_t size, room;
	bool swapped; /* the other byte order from here on */
};

static inline void put(struct bytes *b, const void *from, size_t n)
{
	if (b->size + n > b->room) {
		b->room = (b->size + n) * 2;
		b->at = realloc(b->at, b->room);
		ck_assert_ptr_nonnull(b->at);
	}
	memcpy(b->at + b->size, from, n);
	b->size += n;
}

static inline void put16(struct bytes *b, uint16_t n)
{
	n = b->swapped ? __builtin_bswap16(n) : n;
	put(b, &n, sizeof(n));
}

static inline void put32(struct bytes *b, uint32_t n)
{
	n = b->swapped ? __builtin_bswap32(n) : n;
	put(b, &n, sizeof(n));
}

static inline void put64(struct bytes *b, uint64_t n)
{
	n = b->swapped ? __builtin_bswap64(n) : n;
	put(b, &n, sizeof(n));
}

static inline void set32(struct bytes *b, size_t at, uint32_t n)
{
	n = b->swapped ? __builtin_bswap32(n) : n;
	memcpy(b->at + at, &n, sizeof(n));
}

/* A file of `n` of the bytes; its path is valid until the next call. */
static inline const char *file_of(const struct bytes *b, size_t n)
{
	static int fd = -1;
	static char path[64];

	if (fd >= 0)
		close(fd);
	fd = memfd_create("capture", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, b->at, n), (ssize_t)n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}
