/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The requests that wait for a response. A response's event from the kernel lacks the request's texts: this adds them, by connection and
 * number. A request that gets no response makes an event of its own. Memory is bounded (18 MiB): if too many requests wait, the oldest
 * are evicted.
 */
#pragma once

#include "http/given_up.h"
#include "inspector.h"

struct join;

struct join *http_join_new(void);
void http_join_free(struct join *join);

/* After this time a request without a response makes an event; 0: never. */
void http_join_set_timeout(struct join *join, uint64_t timeout_ns);

/* Emits a record; a response with its request's texts. Returns the emitted event, valid until the next call. */
const struct ebpfi_event *http_join(struct join *join, const struct ebpfi_event *record, inspector_emit_fn emit, void *to);

/* As http_join(), for a message that is still arriving at the end. Its time is that of the last event or tick. */
void http_join_open(struct join *join, struct ebpfi_http *message, inspector_emit_fn emit, void *to);

/* Emits the requests of a record. */
void http_join_give_up(struct join *join, const struct http_given_up *record, inspector_emit_fn emit, void *to);

/* As `tick` of struct inspector. At the end all requests that wait are emitted. */
void http_join_tick(struct join *join, uint64_t now_ns, inspector_emit_fn emit, void *to);
