/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "attach.h"
#include "libbpf_log.h"
#include "module.h"
#include "opts.h"
#include "pcapng.h"
#include "polling.h"
#include "trace.h"

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

int source_add(struct ebpfi *s, struct source *source)
{
	struct epoll_event on = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, source->fd, &on) ? -errno : 0;
}

void source_remove(struct ebpfi *s, struct source *source)
{
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}

/* The poll asks for a break by itself, before it hands over anything. */
static void break_ready(struct ebpfi *s, struct source *source)
{
	(void)s;
	(void)source;
}

static bool open_descriptors(struct ebpfi *s)
{
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->broken = (struct source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), break_ready };
	s->again = (struct source){ timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), polling_look_again };
	return s->epoll_fd >= 0 && !source_add(s, &s->broken) && !source_add(s, &s->again);
}

struct ebpfi *ebpfi_new(ebpfi_event_fn fn, void *ctx, const struct ebpfi_opts *opts)
{
	struct ebpfi *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fn = fn;
	s->ctx = ctx;
	s->next_link = 1;
	s->epoll_fd = s->broken.fd = s->again.fd = -1;
	if (opts_read(&s->opts, sizeof(s->opts), opts) || !open_descriptors(s)) {
		ebpfi_free(s);
		return NULL;
	}
	libbpf_log_install();
	return s;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void ebpfi_free(struct ebpfi *s)
{
	if (!s)
		return;
	pcapngs_close(s);
	links_free(s);
	trace_free(s);
	modules_free(s);
	close_fd(s->again.fd);
	close_fd(s->broken.fd);
	close_fd(s->epoll_fd);
	free(s);
}

const char *ebpfi_errmsg(const struct ebpfi *s)
{
	return s->error;
}

const char *ebpfi_version(void)
{
	return EBPFI_VERSION;
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

const char *ebpfi_interface_name(const struct ebpfi *s, uint32_t ifindex)
{
	return s->replay_interface ? s->replay_interface : links_interface_name(s, ifindex);
}
