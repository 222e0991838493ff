/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Creates and frees a session. The only file that includes every part of lib/core. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "attach.h"
#include "opts.h"
#include "pcapng_writer.h"
#include "polling.h"
#include "release.h"
#include "trace.h"

/* Nothing to do: the poll checks for a break before it delivers events. */
static void break_ready(struct ebpfi *s, struct poll_source *source)
{
	(void)s;
	(void)source;
}

static bool open_descriptors(struct ebpfi *s)
{
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->broken = (struct poll_source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), break_ready };
	s->again = (struct poll_source){ timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), polling_look_again };
	return s->epoll_fd >= 0 && !poll_source_add(s, &s->broken) && !poll_source_add(s, &s->again);
}

struct ebpfi *ebpfi_new(ebpfi_event_fn fn, void *ctx, const struct ebpfi_opts *opts)
{
	struct ebpfi *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fn = fn;
	s->ctx = ctx;
	s->next_link = 1;
	s->process = getpid();
	s->epoll_fd = s->broken.fd = s->again.fd = -1;
	if (opts_read(&s->opts, sizeof(s->opts), opts) || !open_descriptors(s)) {
		ebpfi_free(s);
		return NULL;
	}
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
	s->close_only = s->process != getpid();
	pcapngs_close(s);
	links_free(s);
	trace_free(s);
	modules_free(s);
	close_fd(s->again.fd);
	close_fd(s->broken.fd);
	close_fd(s->epoll_fd);
	free(s);
}

const char *ebpfi_version(void)
{
	return EBPFI_VERSION;
}
