/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The unpacked bytes of a capture, through one buffer that holds a whole record. Files are not mapped: truncating a mapped file
 * kills the process with SIGBUS, and copying through a buffer in the CPU cache costs next to nothing.
 */
#pragma once

#include "raw.h"

enum { INPUT_MAX = (16 << 20) + 64 }; /* bytes of the largest record, and so of the buffer */

struct input {
	const uint8_t *at, *end; /* the unread bytes in the buffer */
	uint64_t base;           /* offset of `end` from the start of the unpacked bytes */
	int error;               /* why the input ended: 0 at its end, or negative errno */
	uint8_t *buffer;
	size_t size;
	struct raw raw;
	const struct codec *codec; /* NULL: plain */
	void *state;
};

/* Negative errno, with the reason in `why`. */
int input_open(struct input *in, const char *path, int break_fd, char *why, size_t size);
void input_close(struct input *in);

/* Reads until the buffer holds `n` bytes; false if the input ends before, see `error`. */
bool input_fill(struct input *in, size_t n);

/* The offset of the next byte in the unpacked input. */
static inline uint64_t input_offset(const struct input *in)
{
	return in->base - (uint64_t)(in->end - in->at);
}

/* The next `n` bytes, valid until the next call; NULL if the input ends before them. */
static inline const uint8_t *input_peek(struct input *in, size_t n)
{
	return (size_t)(in->end - in->at) >= n || input_fill(in, n) ? in->at : NULL;
}

/* Consumes bytes that were peeked. */
static inline void input_take(struct input *in, size_t n)
{
	in->at += n;
}

/* Skips any number of bytes; false if the input ends before. */
bool input_skip(struct input *in, uint64_t n);
