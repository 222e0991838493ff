/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Readers of ring and perf buffers: a map on one side, a function on the other, in the session's poll. */
#pragma once

#include "session.h"

struct reader;

/* Reads the ring buffer, or perf buffer, of a map, into `reader`; negative errno with the error set. The map stays the caller's. */
int reader_of_ring(struct ebpfi *s, int map_fd, ebpfi_record_fn fn, void *ctx, struct reader **reader);
int reader_of_perf(struct ebpfi *s, int map_fd, ebpfi_record_fn fn, void *ctx, struct reader **reader);
/* Reads the per-CPU rings (percpu_ring.h) together with its ring buffer; all records are events then; negative errno with the error set. */
int reader_add_percpu_rings(struct reader *reader, int map_fd, const volatile uint64_t *clock_offset);

void reader_free(struct reader *reader);

/* Records handed over, and records that the kernel says were lost (perf buffers only). */
void reader_count(const struct reader *reader, uint64_t *delivered, uint64_t *lost);

/* Hands over what is there, until the host stops it. */
void readers_drain(struct ebpfi *s);
