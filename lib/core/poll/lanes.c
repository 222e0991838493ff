/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "lanes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lane.h"
#include "map.h"

struct lane_end {
	uint64_t read, written;
	uint64_t time_ns; /* of the next record; UINT64_MAX: there is none */
};

int lanes_open(struct lanes *lanes, int map_fd)
{
	struct map_shape shape;
	struct lane_end *ends;
	uint32_t id;
	void *lane;
	int err = map_describe(map_fd, &shape, &id);

	if (err)
		return err;
	ends = calloc(shape.max_entries, sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	lane = mmap(NULL, shape.max_entries * sizeof(struct lane), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (lane == MAP_FAILED) {
		err = -errno;
		free(ends);
		return err;
	}
	*lanes = (struct lanes){ lane, ends, shape.max_entries, 0 };
	return 0;
}

void lanes_close(struct lanes *lanes)
{
	if (lanes->lane)
		munmap(lanes->lane, lanes->count * sizeof(struct lane));
	free(lanes->ends);
	*lanes = (struct lanes){ 0 };
}

static const struct ebpfi_event *record_of(const struct lanes *lanes, uint32_t cpu)
{
	return (const void *)&lanes->lane[cpu].records[lanes->ends[cpu].read & (LANE_SIZE - 1)];
}

static void set_time(struct lanes *lanes, uint32_t cpu)
{
	struct lane_end *end = &lanes->ends[cpu];

	end->time_ns = end->read == end->written ? UINT64_MAX : record_of(lanes, cpu)->time_ns;
}

void lanes_look(struct lanes *lanes)
{
	uint32_t cpu;

	for (cpu = 0; cpu < lanes->count; cpu++) {
		lanes->ends[cpu].written = __atomic_load_n(&lanes->lane[cpu].written, __ATOMIC_ACQUIRE);
		set_time(lanes, cpu);
	}
}

static uint32_t oldest(const struct lanes *lanes)
{
	uint32_t cpu, found = 0;

	for (cpu = 1; cpu < lanes->count; cpu++)
		if (lanes->ends[cpu].time_ns < lanes->ends[found].time_ns)
			found = cpu;
	return found;
}

const struct ebpfi_event *lanes_next(struct lanes *lanes)
{
	lanes->oldest = oldest(lanes);
	return lanes->ends[lanes->oldest].time_ns == UINT64_MAX ? NULL : record_of(lanes, lanes->oldest);
}

void lanes_pass(struct lanes *lanes)
{
	lanes->ends[lanes->oldest].read += (record_of(lanes, lanes->oldest)->len + 7) & ~7U;
	set_time(lanes, lanes->oldest);
}

void lanes_release(struct lanes *lanes)
{
	uint32_t cpu;

	for (cpu = 0; cpu < lanes->count; cpu++)
		if (lanes->lane[cpu].read != lanes->ends[cpu].read)
			__atomic_store_n(&lanes->lane[cpu].read, lanes->ends[cpu].read, __ATOMIC_RELEASE);
}
