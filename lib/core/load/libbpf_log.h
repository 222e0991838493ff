/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * libbpf prints through one process-wide function without user data. It is installed once and finds its session through a
 * thread-local; what libbpf says outside of our calls goes where it went before.
 */
#pragma once

#include "session.h"

void libbpf_log_install(void);

/* From begin to end, what libbpf says in this thread belongs to the session; calls do not nest. */
void libbpf_log_begin(struct ebpfi *s);
void libbpf_log_end(void);

/* The last warning that says why something failed since begin, without libbpf's prefix; "" without one. */
const char *libbpf_log_last(void);

/* The end of the last verifier log since begin; "" without one. */
const char *libbpf_log_verifier(void);
