/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The bytes of a file, a pipe or standard input as they are stored, and the codecs that unpack them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct raw {
	int fd;
	int break_fd; /* readable: give up waiting; -1: none */
	bool patient; /* no file: its bytes may be a long time coming */
	uint8_t head[4];
	size_t head_at, head_len; /* the first bytes, looked at before they are read */
	uint64_t bytes, total;    /* read so far; of the file, 0 where that is unknown */
};

/* Opens a path, "-" for standard input. Negative errno. */
int raw_open(struct raw *raw, const char *path, int break_fd);
void raw_close(struct raw *raw);

/* Up to `n` bytes, 0 at the end, or negative errno; -ECANCELED when the break descriptor became readable. */
ssize_t raw_read(struct raw *raw, void *to, size_t n);

/* The first bytes, without taking them; those that the file does not have are zero. Negative errno. */
int raw_peek_head(struct raw *raw);

/* One kind of compression. `read` is raw_read() of what was packed; -EBADMSG where the packed bytes are corrupt or end early. */
struct codec {
	const char *name;
	bool (*knows)(const uint8_t *head);
	void *(*open)(void);
	ssize_t (*read)(void *state, struct raw *raw, void *to, size_t n);
	void (*close)(void *state);
};

extern const struct codec codec_gzip, codec_zstd;
