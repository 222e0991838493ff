/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A response's event from the kernel lacks the request's texts. This adds them, by connection and number. Memory is bounded (14 MiB): if
 * too many requests wait, the oldest are evicted and their responses stay without texts.
 */
#pragma once

#include <ebpfinspect/event.h>

void *http_join_new(void);
void http_join_free(void *join);

/* The event to emit: the record, or a response with its request's texts, valid until the next call. */
const struct ebpfi_event *http_join(void *join, const struct ebpfi_event *event);
