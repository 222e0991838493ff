/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Readers hand the records of ring and perf buffers to a function, in the session's poll. */
#pragma once

#include "session.h"

struct reader;

/* A reader of a ring buffer, or of a perf buffer. The map stays the caller's. Negative errno with the error set. */
int reader_of_ring(struct ebpfi *s, int map_fd, ebpfi_record_fn fn, void *ctx, struct reader **reader);
int reader_of_perf(struct ebpfi *s, int map_fd, ebpfi_record_fn fn, void *ctx, struct reader **reader);
/* Reads the per-CPU rings (percpu_ring.h) beside the ring buffer. All records must be events then. Negative errno with the error set. */
int reader_add_percpu_rings(struct reader *reader, int map_fd, const volatile uint64_t *clock_offset);

void reader_free(struct reader *reader);

/* Records delivered, and records that the kernel reports as lost (perf buffers only). */
void reader_count(const struct reader *reader, uint64_t *delivered, uint64_t *lost);

/* Delivers what is there, until the host stops it. */
void readers_drain(struct ebpfi *s);
