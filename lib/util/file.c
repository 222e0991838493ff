/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The buffer grows while reading: pipes and files in /proc report size 0. */
static int read_all(int fd, size_t max, char **bytes, size_t *size)
{
	size_t room = 65536;
	ssize_t n = 1;
	char *more;

	for (*size = 0; n; *size += (size_t)n) {
		if (*size > max)
			return -EFBIG;
		if (!*bytes || room - *size < 4096)
			room *= 2;
		more = realloc(*bytes, room + 1);
		if (!more)
			return -ENOMEM;
		*bytes = more;
		n = read(fd, *bytes + *size, room - *size);
		if (n < 0)
			return -errno;
	}
	(*bytes)[*size] = '\0';
	return 0;
}

int file_read_fd(int fd, size_t max, char **bytes, size_t *size)
{
	int err;

	*bytes = NULL;
	err = read_all(fd, max, bytes, size);
	if (!err)
		return 0;
	free(*bytes);
	*bytes = NULL;
	return err;
}

int file_read(const char *path, size_t max, char **bytes, size_t *size)
{
	int err, fd = open(path, O_RDONLY | O_CLOEXEC);

	*bytes = NULL;
	if (fd < 0)
		return -errno;
	err = file_read_fd(fd, max, bytes, size);
	close(fd);
	return err;
}

int file_write_fd(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	ssize_t n;

	for (; size; at += n, size -= (size_t)n) {
		n = write(fd, at, size);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return -errno;
	}
	return 0;
}

int file_write(const char *path, const void *bytes, size_t size)
{
	int err, fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	err = file_write_fd(fd, bytes, size);
	close(fd);
	return err;
}
