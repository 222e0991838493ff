/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_SIZE = 256 << 10 };

static const struct codec *const codecs[] = { &codec_gzip, &codec_zstd };

static int open_codec(struct input *in, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (codecs[i]->knows(in->raw.head))
			in->codec = codecs[i];
	if (!in->codec)
		return 0;
	in->state = in->codec->open();
	if (in->state)
		return 0;
#ifndef EBPFI_ZSTD
	if (in->codec == &codec_zstd) {
		snprintf(why, size, "is compressed with zstd, and this library was built without libzstd: unpack it first");
		return -EPROTONOSUPPORT;
	}
#endif
	snprintf(why, size, "cannot be unpacked: out of memory");
	return -ENOMEM;
}

static int open_buffer(struct input *in, char *why, size_t size)
{
	in->buffer = malloc(BUFFER_SIZE);
	in->size = BUFFER_SIZE;
	in->at = in->end = in->buffer;
	if (in->buffer)
		return 0;
	snprintf(why, size, "cannot be read: out of memory");
	return -ENOMEM;
}

int input_open(struct input *in, const char *path, int break_fd, char *why, size_t size)
{
	int err;

	*in = (struct input){ .base = 0 };
	err = raw_open(&in->raw, path, break_fd);
	if (err) {
		snprintf(why, size, "cannot be opened: %s", strerror(-err));
		return err;
	}
	err = raw_peek_head(&in->raw);
	if (err)
		snprintf(why, size, "cannot be read: %s", strerror(-err));
	if (!err)
		err = open_codec(in, why, size);
	if (!err)
		err = open_buffer(in, why, size);
	if (err)
		input_close(in);
	return err;
}

void input_close(struct input *in)
{
	if (in->state)
		in->codec->close(in->state);
	free(in->buffer);
	raw_close(&in->raw);
}

/* Moves the unread bytes to the front, into a larger buffer if a record needs it. */
static bool make_room(struct input *in, size_t n)
{
	size_t left = (size_t)(in->end - in->at), size = in->size;
	uint8_t *buffer = in->buffer;

	while (size < n)
		size *= 2;
	if (size > in->size)
		buffer = malloc(size);
	if (!buffer)
		return false;
	memmove(buffer, in->at, left);
	if (buffer != in->buffer)
		free(in->buffer);
	in->buffer = buffer;
	in->size = size;
	in->at = buffer;
	in->end = buffer + left;
	return true;
}

static ssize_t read_some(struct input *in, void *to, size_t n)
{
	return in->codec ? in->codec->read(in->state, &in->raw, to, n) : raw_read(&in->raw, to, n);
}

bool input_fill(struct input *in, size_t n)
{
	ssize_t got;

	if (n > INPUT_MAX || !make_room(in, n)) {
		in->error = -ENOMEM;
		return false;
	}
	while ((size_t)(in->end - in->at) < n) {
		got = read_some(in, in->buffer + (in->end - in->buffer), (size_t)(in->buffer + in->size - in->end));
		if (got <= 0) {
			in->error = (int)got;
			return false;
		}
		in->end += got;
		in->base += (uint64_t)got;
	}
	return true;
}

bool input_skip(struct input *in, uint64_t n)
{
	size_t there;

	while ((there = (size_t)(in->end - in->at)) < n) {
		n -= there;
		in->at = in->end;
		if (!input_peek(in, 1))
			return false;
	}
	in->at += n;
	return true;
}
