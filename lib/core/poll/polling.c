/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "polling.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "module.h"
#include "reader.h"

enum {
	READY_MAX = 16,     /* sources served per wait */
	QUIET_NS = 2000000, /* programs are asked for no wake-up meanwhile; they accept QUIET_MAX_NS at most (emit.h) */
	AGAIN_NS = 3000000, /* longer than QUIET_NS, and than programs are quiet by themselves (emit.h) */
	AGAIN_MAX_NS = 768000000,
	TICK_MS = 100,
};

static void set_timer(struct ebpfi *s, int ns)
{
	struct itimerspec in = { .it_value.tv_nsec = ns };

	s->again_ns = ns;
	timerfd_settime(s->again.fd, 0, &in, NULL);
}

/*
 * Records that are written without a wake-up are found by looking again a little later, then a few times more, each after twice the time:
 * a program may be held up, for example by the hypervisor, between reading the clock and writing its record. An idle session has no timer.
 */
void polling_expect(struct ebpfi *s)
{
	s->young_left = false;
	modules_spare_wakeups(s, QUIET_NS);
	set_timer(s, AGAIN_NS);
}

void polling_look_again(struct ebpfi *s, struct poll_source *timer)
{
	uint64_t count;

	while (read(timer->fd, &count, sizeof(count)) > 0)
		;
	readers_drain(s);
	if (!s->delivered && s->again_ns < AGAIN_MAX_NS)
		set_timer(s, s->again_ns * 2);
}

/* Milliseconds until a time of clock_ms(); -1: the time never comes. */
static int until(int64_t time_ms)
{
	int64_t left = time_ms < 0 ? -1 : time_ms - clock_ms();

	return time_ms < 0 ? -1 : left > INT_MAX ? INT_MAX : left > 0 ? (int)left : 0;
}

/* Waits for the host's deadline or the next tick, if that is sooner. */
static int wait_until(struct ebpfi *s, int64_t deadline, struct epoll_event *ready)
{
	int64_t end = deadline;
	int n;

	if (modules_want_ticks(s) && (deadline < 0 || s->next_tick_ms < deadline))
		end = s->next_tick_ms;
	n = epoll_wait(s->epoll_fd, ready, READY_MAX, until(end));
	return n < 0 ? -errno : n;
}

static void tick(struct ebpfi *s)
{
	if (!modules_want_ticks(s) || clock_ms() < s->next_tick_ms)
		return;
	s->next_tick_ms = clock_ms() + TICK_MS;
	if (modules_tick(s, clock_ns(CLOCK_REALTIME)))
		s->stopped = true;
}

static void serve(struct ebpfi *s, const struct epoll_event *ready, int n)
{
	struct poll_source *source;

	for (; n && !s->stopped && !s->failed; n--, ready++) {
		source = ready->data.ptr;
		source->ready(s, source);
	}
}

/* Whether something other than the timer ended the wait. Then more may come without a wake-up, even if nothing was there yet. */
static bool is_woken(const struct ebpfi *s, const struct epoll_event *ready, int n)
{
	while (n--)
		if (ready[n].data.ptr != &s->again)
			return true;
	return s->delivered > 0 || s->young_left;
}

/* A wait that only the timer or a tick ended goes on for the rest of the host's time. */
static int poll_until(struct ebpfi *s, int64_t deadline)
{
	struct epoll_event ready[READY_MAX];
	bool interrupted;
	int n;

	do {
		n = wait_until(s, deadline, ready);
		interrupted = n == -EINTR;
		if (interrupted)
			n = 0;
		if (n < 0)
			return ebpfi_fail(s, n, "cannot wait for events: %s", strerror(-n));
		if (ebpfi_take_break(s))
			return ebpfi_fail(s, -ECANCELED, "stopped by ebpfi_break()");
		if (n)
			serve(s, ready, n);
		else
			readers_drain(s);
		if (is_woken(s, ready, n))
			polling_expect(s);
		tick(s);
	} while ((n || (!interrupted && until(deadline))) && !s->delivered && !s->stopped && !s->failed);
	if (s->failed)
		return s->failed;
	return s->stopped ? ebpfi_fail(s, -ECANCELED, "stopped by the event function") : s->delivered;
}

int ebpfi_poll(struct ebpfi *s, int timeout_ms)
{
	s->delivered = 0;
	s->stopped = false;
	s->failed = 0;
	modules_set_clock(s);
	return poll_until(s, timeout_ms < 0 ? -1 : clock_ms() + timeout_ms);
}

int ebpfi_finish(struct ebpfi *s)
{
	s->delivered = 0;
	s->stopped = false;
	s->failed = 0;
	readers_drain(s);
	if (!s->stopped && !s->failed && modules_finish(s))
		s->stopped = true;
	if (s->failed)
		return s->failed;
	return s->stopped ? ebpfi_fail(s, -ECANCELED, "stopped by the event function") : s->delivered;
}
