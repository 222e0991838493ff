/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "headers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "file.h"

#include "headers.inc"

static int make_parents(char *path, size_t from)
{
	char *slash;

	for (slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* Packed data is pairs of strings: name and text. */
static int write_headers(const char *dir, const char *at, const char *end)
{
	char path[512];
	const char *text;
	int n, err = 0;

	for (; !err && at < end; at = text + strlen(text) + 1) {
		text = at + strlen(at) + 1;
		n = snprintf(path, sizeof(path), "%s/%s", dir, at);
		if (n < 0 || (size_t)n >= sizeof(path))
			return -ENAMETOOLONG;
		err = make_parents(path, strlen(dir) + 1);
		if (!err)
			err = file_write(path, text, strlen(text));
	}
	return err;
}

int headers_unpack(const char *dir)
{
	uLongf size = UNPACKED_SIZE;
	char *text = malloc(size);
	int err = -ENOMEM;

	if (text && uncompress((Bytef *)text, &size, packed, sizeof(packed)) == Z_OK && size == UNPACKED_SIZE)
		err = mkdir(dir, 0700) ? -errno : write_headers(dir, text, text + size);
	free(text);
	return err;
}
