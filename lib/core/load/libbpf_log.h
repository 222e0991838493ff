/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * libbpf prints through one process-wide function without user data. Ours is set only while one of our calls needs its words, and
 * finds the session through a thread-local; messages from other calls go to the host's function.
 */
#pragma once

#include "session.h"

/* From begin to end, libbpf's messages in this thread belong to the session; calls do not nest. */
void libbpf_log_begin(struct ebpfi *s);
void libbpf_log_end(void);

/* Since begin, and valid until end: the last warning that gives a reason, without libbpf's prefix; "" without one. */
const char *libbpf_log_last(void);

/* The same for the end of the last verifier log. */
const char *libbpf_log_verifier(void);
