/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* bpf_printk() lines, from a tracing instance of our own: a line read from the global trace_pipe is gone for everybody else. */
#pragma once

#include "session.h"

void trace_free(struct ebpfi *s);

/* Splits one line of a trace_pipe, in place; false if it is none. */
bool trace_parse(char *line, struct ebpfi_trace *trace);

/* The number in a "[LOST n EVENTS]" line, else 0. */
uint64_t trace_parse_lost(const char *line);
