/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The stored bytes of a file, a pipe or standard input, and the codecs that unpack them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct raw {
	int fd;
	int break_fd;   /* a readable descriptor ends a wait; -1: none */
	bool may_block; /* not a regular file: poll before each read */
	uint8_t head[4];
	size_t head_at, head_len; /* the first bytes, peeked to choose a codec */
	uint64_t bytes, total;    /* read so far; the file's size, 0 if unknown */
};

/* Opens a path, "-" for standard input. Negative errno. */
int raw_open(struct raw *raw, const char *path, int break_fd);
void raw_close(struct raw *raw);

/* Reads up to `n` bytes; 0 at the end, or negative errno. -ECANCELED: the break descriptor became readable. */
ssize_t raw_read(struct raw *raw, void *to, size_t n);

/* Fills `head` without consuming its bytes; a shorter file is padded with zeros. Negative errno. */
int raw_peek_head(struct raw *raw);

/* A compression format. `read` works as raw_read() on the unpacked bytes; -EBADMSG: corrupt or cut off. */
struct codec {
	const char *name;
	bool (*knows)(const uint8_t *head);
	void *(*open)(void);
	ssize_t (*read)(void *state, struct raw *raw, void *to, size_t n);
	void (*close)(void *state);
};

extern const struct codec codec_gzip, codec_zstd;
