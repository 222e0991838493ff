/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: a FIFO without a writer must not block in open(), where a break cannot end the wait. */
int raw_open(struct raw *raw, const char *path, int break_fd)
{
	struct stat st;

	*raw = (struct raw){ .break_fd = break_fd };
	raw->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : STDIN_FILENO;
	if (raw->fd < 0)
		return -errno;
	raw->may_block = fstat(raw->fd, &st) || !S_ISREG(st.st_mode);
	raw->total = raw->may_block ? 0 : (uint64_t)st.st_size;
	if (!raw->may_block)
		posix_fadvise(raw->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

void raw_close(struct raw *raw)
{
	if (raw->fd != STDIN_FILENO)
		close(raw->fd);
}

/* A break ends the wait for a pipe. */
static int wait_for_bytes(struct raw *raw)
{
	struct pollfd fds[2] = { { .fd = raw->fd, .events = POLLIN }, { .fd = raw->break_fd, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return fds[1].revents ? -ECANCELED : 0;
}

static ssize_t read_fd(struct raw *raw, void *to, size_t n)
{
	ssize_t got;
	int err;

	do {
		err = raw->may_block ? wait_for_bytes(raw) : 0;
		if (err)
			return err;
		got = read(raw->fd, to, n);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		return -errno;
	raw->bytes += (uint64_t)got;
	return got;
}

ssize_t raw_read(struct raw *raw, void *to, size_t n)
{
	size_t left = raw->head_len - raw->head_at;

	if (!left)
		return read_fd(raw, to, n);
	n = n < left ? n : left;
	memcpy(to, raw->head + raw->head_at, n);
	raw->head_at += n;
	return (ssize_t)n;
}

int raw_peek_head(struct raw *raw)
{
	ssize_t got = 1;

	while (raw->head_len < sizeof(raw->head) && got > 0) {
		got = read_fd(raw, raw->head + raw->head_len, sizeof(raw->head) - raw->head_len);
		if (got < 0)
			return (int)got;
		raw->head_len += (size_t)got;
	}
	return 0;
}
