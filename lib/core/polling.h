/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* ebpfi_poll(): one wait for all that a session waits for. */
#pragma once

#include "session.h"

/* Looks into every reader of the session; the timer's source calls it. */
void polling_look_again(struct ebpfi *s, struct source *timer);
