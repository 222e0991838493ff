/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A BPF ring buffer in memory, record by record. The next record can be read and left there, which libbpf's ring_buffer does not offer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ring {
	uint64_t *consumed;       /* the consumer position, in a page of its own; NULL: no ring */
	const uint64_t *produced; /* the producer position, written by the kernel */
	const char *records;      /* in the pages behind that, mapped twice, so that no record is split */
	uint64_t size;
};

/* Maps a ring buffer; its descriptor stays the caller's. Negative errno. */
int ring_open(struct ring *ring, int map_fd);
void ring_close(struct ring *ring);

/* The next record and its size. NULL: no record is finished; then the size is 0 unless one is being written. */
const void *ring_next(struct ring *ring, uint32_t *size);

/* Gives the memory of that record back to the kernel. */
void ring_consume(struct ring *ring, uint32_t size);
