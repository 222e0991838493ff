/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* ebpfi_poll(): one wait for all that a session waits for. */
#pragma once

#include "session.h"

/* Something may be there, or come, without a wake-up: the poll looks again soon. */
void polling_expect(struct ebpfi *s);

/* Looks into every reader of the session; the timer's source calls it. */
void polling_look_again(struct ebpfi *s, struct poll_source *timer);
