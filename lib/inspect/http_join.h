/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A response's event leaves the kernel without the request's texts: here they meet again, by connection and number. The memory is
 * bounded; where more requests wait than there are places, the oldest give way and their responses stay without texts.
 */
#pragma once

#include "inspector.h"

/* An inspector's state_new, state_free and complete. */
void *http_join_new(void);
void http_join_free(void *join);
void http_join(void *join, const struct ebpfi_event *event, inspector_emit_fn emit, void *to);
