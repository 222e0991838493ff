/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

int ebpfi_fail(struct ebpfi *s, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->error, sizeof(s->error), format, args);
	va_end(args);
	return err;
}

void ebpfi_log(struct ebpfi *s, enum ebpfi_log_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (!s->opts.log)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	s->opts.log(s->opts.log_ctx, level, text);
}

int poll_source_add(struct ebpfi *s, struct poll_source *source)
{
	struct epoll_event on = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, source->fd, &on) ? -errno : 0;
}

/* A process that inherited the session shares the epoll set with the one that made it. */
void poll_source_remove(struct ebpfi *s, struct poll_source *source)
{
	if (!s->close_only)
		epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}

const char *ebpfi_errmsg(const struct ebpfi *s)
{
	return s->error;
}

int ebpfi_fd(const struct ebpfi *s)
{
	return s->epoll_fd;
}

/* The eventfd is the flag, too: nothing else has to be safe against signals and threads. */
void ebpfi_break(struct ebpfi *s)
{
	uint64_t one = 1;
	int saved = errno;

	if (write(s->broken.fd, &one, sizeof(one)) < 0)
		(void)0; /* the counter is full: a break is pending already */
	errno = saved;
}

bool ebpfi_take_break(struct ebpfi *s)
{
	uint64_t count;

	return read(s->broken.fd, &count, sizeof(count)) == sizeof(count);
}
