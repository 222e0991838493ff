/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Ring buffers, and the poll that empties them. */
#pragma once

#include "session.h"

struct ring;

/* Watches the ring buffer of a map in the session's poll; NULL with the error set. The map stays the caller's. */
struct ring *ring_new(struct ebpfi *s, int map_fd);
void ring_free(struct ring *ring);

/* Looks into every ring buffer of the session; the timer's source calls it. */
void events_look_again(struct ebpfi *s, struct source *timer);
