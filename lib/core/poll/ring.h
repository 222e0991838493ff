/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A BPF ring buffer in memory, record by record: the next one can be looked at and left, which libbpf's ring_buffer does not offer. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ring {
	uint64_t *consumed;       /* written here, in a page of its own; NULL: no ring */
	const uint64_t *produced; /* written by the kernel */
	const char *records;      /* in the pages behind that, twice, so that none is broken */
	uint64_t size;
};

/* Of a ring buffer's map, which stays the caller's; negative errno. */
int ring_open(struct ring *ring, int map_fd);
void ring_close(struct ring *ring);

/* The next record and its size; NULL: none is finished, and the size is 0 if none is begun. */
const void *ring_next(struct ring *ring, uint32_t *size);

/* Gives the memory of that record back to the kernel. */
void ring_consume(struct ring *ring, uint32_t size);
