/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* ebpfi_poll(): one wait for all that a session waits for. */
#pragma once

#include "session.h"

/* Records may come without a wake-up: the poll looks again soon. */
void polling_expect(struct ebpfi *s);

/* Drains every reader of the session. The timer calls it. */
void polling_look_again(struct ebpfi *s, struct poll_source *timer);
