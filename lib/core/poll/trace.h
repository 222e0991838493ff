/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* bpf_printk() lines, from a tracing instance of our own: reading the global trace_pipe would take them from everybody else. */
#pragma once

#include "session.h"

void trace_free(struct ebpfi *s);

/* Takes one line of a trace_pipe apart, in place; false where it is none. */
bool trace_parse(char *line, struct ebpfi_trace *trace);

/* The number in a "[LOST n EVENTS]" line, else 0. */
uint64_t trace_parse_lost(const char *line);
