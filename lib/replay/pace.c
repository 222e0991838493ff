/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <poll.h>
#include <time.h>

#include "clock.h"
#include "replay.h"

/* When a packet is due, counted from the first one. If the capture's clock was set back, do not wait. */
static uint64_t due_ns(const struct replay *r, uint64_t time_ns)
{
	uint64_t after = time_ns > r->pace_first ? time_ns - r->pace_first : 0;

	return (uint64_t)((unsigned __int128)after * 100 / r->opts.speed);
}

void pace_wait(struct replay *r, uint64_t time_ns)
{
	struct pollfd broken = { .fd = r->session->broken.fd, .events = POLLIN };
	struct timespec left;
	uint64_t due, passed;

	if (!r->pace_start) {
		r->pace_start = clock_ns(CLOCK_MONOTONIC);
		r->pace_first = time_ns;
	}
	due = due_ns(r, time_ns);
	while ((passed = clock_ns(CLOCK_MONOTONIC) - r->pace_start) < due) {
		left.tv_sec = (time_t)((due - passed) / 1000000000);
		left.tv_nsec = (long)((due - passed) % 1000000000);
		if (ppoll(&broken, 1, &left, NULL) > 0)
			return;
	}
}
