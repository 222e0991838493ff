/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The bytes of a capture, unpacked, through one buffer that a whole record fits into. Files are read and not mapped: a file that
 * somebody cuts while it is mapped ends the process with SIGBUS, and a buffer that stays in the cache costs next to nothing.
 */
#pragma once

#include "raw.h"

enum { INPUT_MAX = (16 << 20) + 64 }; /* bytes of the largest record, and so of the buffer */

struct input {
	const uint8_t *at, *end; /* what is in the buffer and not taken yet */
	uint64_t base;           /* offset of `end` from the start of the unpacked bytes */
	int error;               /* why there is no more: 0 the end, or negative errno */
	uint8_t *buffer;
	size_t size;
	struct raw raw;
	const struct codec *codec; /* NULL: plain */
	void *state;
};

/* Negative errno, with the reason in `why`. */
int input_open(struct input *in, const char *path, int break_fd, char *why, size_t size);
void input_close(struct input *in);

/* Brings `n` bytes into the buffer if the input has them; false at its end, see `error`. */
bool input_fill(struct input *in, size_t n);

/* Where the next byte lies. */
static inline uint64_t input_offset(const struct input *in)
{
	return in->base - (uint64_t)(in->end - in->at);
}

/* The next `n` bytes, valid until the next call; NULL where the input ends before them. */
static inline const uint8_t *input_peek(struct input *in, size_t n)
{
	return (size_t)(in->end - in->at) >= n || input_fill(in, n) ? in->at : NULL;
}

/* Takes bytes that were peeked. */
static inline void input_take(struct input *in, size_t n)
{
	in->at += n;
}

/* Passes over bytes, however many; false at the end. */
bool input_skip(struct input *in, uint64_t n);
