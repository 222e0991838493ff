/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The lanes of all CPUs (lane.h), the oldest record of them first. */
#pragma once

#include <ebpfinspect/event.h>
#include <stdint.h>

struct lane;
struct lane_end;

struct lanes {
	struct lane *lane;     /* NULL: none are read */
	struct lane_end *ends; /* of each, what the last look showed */
	uint32_t count;
	uint32_t oldest; /* by lanes_next() */
};

/* Of an array's map, which stays the caller's; negative errno. */
int lanes_open(struct lanes *lanes, int map_fd);
void lanes_close(struct lanes *lanes);

/* Sees what is written by now. */
void lanes_look(struct lanes *lanes);

/* The oldest record that the last look showed, and is not passed; NULL: none. */
const struct ebpfi_event *lanes_next(struct lanes *lanes);

/* Passes that one; and gives the memory of all that were passed back to the programs. */
void lanes_pass(struct lanes *lanes);
void lanes_release(struct lanes *lanes);
