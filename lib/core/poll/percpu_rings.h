/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The rings of all CPUs (percpu_ring.h), merged: the oldest record first. */
#pragma once

#include <ebpfinspect/event.h>
#include <stdint.h>

struct percpu_ring;
struct percpu_snapshot;

struct percpu_rings {
	struct percpu_ring *ring;     /* NULL: none are read */
	struct percpu_snapshot *ends; /* of each ring, at the last snapshot */
	uint32_t count;
	uint32_t oldest; /* the ring that percpu_rings_next() found */
};

/* Maps the rings, an array; its descriptor stays the caller's. Negative errno. */
int percpu_rings_open(struct percpu_rings *rings, int map_fd);
void percpu_rings_close(struct percpu_rings *rings);

/* Reads how far the programs have written. */
void percpu_rings_snapshot(struct percpu_rings *rings);

/* The oldest record of the snapshot that is not consumed; NULL: none. */
const struct ebpfi_event *percpu_rings_next(struct percpu_rings *rings);

/* Consumes that record; release gives the memory of all consumed records back to the programs. */
void percpu_rings_consume(struct percpu_rings *rings);
void percpu_rings_release(struct percpu_rings *rings);
