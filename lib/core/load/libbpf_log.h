/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * libbpf prints through one process-wide function without user data. Ours is set only while one of our calls needs the messages. It
 * finds the session through a thread-local variable; messages from other calls go to the host's function.
 */
#pragma once

#include "session.h"

/* From begin to end, libbpf's messages in this thread belong to the session; calls do not nest. */
void libbpf_log_begin(struct ebpfi *s);
void libbpf_log_end(void);

/* The last warning since begin that gives a reason, without libbpf's prefix, or "". Valid until end. */
const char *libbpf_log_last(void);

/* The same for the end of the last verifier log. */
const char *libbpf_log_verifier(void);
