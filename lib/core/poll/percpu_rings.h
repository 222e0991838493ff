/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The rings of all CPUs (percpu_ring.h), merged: the oldest record first. */
#pragma once

#include <ebpfinspect/event.h>
#include <stdint.h>

struct percpu_ring;
struct percpu_snapshot;

struct percpu_rings {
	struct percpu_ring *ring;     /* NULL: none are read */
	struct percpu_snapshot *ends; /* of each, what the last look showed */
	uint32_t count;
	uint32_t oldest; /* by percpu_rings_next() */
};

/* Of an array's map, which stays the caller's; negative errno. */
int percpu_rings_open(struct percpu_rings *rings, int map_fd);
void percpu_rings_close(struct percpu_rings *rings);

/* Sees what is written by now. */
void percpu_rings_snapshot(struct percpu_rings *rings);

/* The oldest record that the last look showed, and is not passed; NULL: none. */
const struct ebpfi_event *percpu_rings_next(struct percpu_rings *rings);

/* Passes that one; and gives the memory of all that were passed back to the programs. */
void percpu_rings_consume(struct percpu_rings *rings);
void percpu_rings_release(struct percpu_rings *rings);
