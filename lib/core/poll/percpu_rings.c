/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "percpu_rings.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "map.h"
#include "percpu_ring.h"

struct percpu_snapshot {
	uint64_t read, written;
	uint64_t time_ns; /* of the next record; UINT64_MAX: there is none */
};

int percpu_rings_open(struct percpu_rings *rings, int map_fd)
{
	struct map_shape shape;
	struct percpu_snapshot *ends;
	uint32_t id;
	void *memory;
	int err = map_describe(map_fd, &shape, &id);

	if (err)
		return err;
	ends = calloc(shape.max_entries, sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	memory = mmap(NULL, shape.max_entries * sizeof(struct percpu_ring), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (memory == MAP_FAILED) {
		err = -errno;
		free(ends);
		return err;
	}
	*rings = (struct percpu_rings){ memory, ends, shape.max_entries, 0 };
	return 0;
}

void percpu_rings_close(struct percpu_rings *rings)
{
	if (rings->ring)
		munmap(rings->ring, rings->count * sizeof(struct percpu_ring));
	free(rings->ends);
	*rings = (struct percpu_rings){ 0 };
}

static const struct ebpfi_event *record_of(const struct percpu_rings *rings, uint32_t cpu)
{
	return (const void *)&rings->ring[cpu].records[rings->ends[cpu].read & (PERCPU_RING_SIZE - 1)];
}

static void set_time(struct percpu_rings *rings, uint32_t cpu)
{
	struct percpu_snapshot *end = &rings->ends[cpu];

	end->time_ns = end->read == end->written ? UINT64_MAX : record_of(rings, cpu)->time_ns;
}

void percpu_rings_snapshot(struct percpu_rings *rings)
{
	uint32_t cpu;

	for (cpu = 0; cpu < rings->count; cpu++) {
		rings->ends[cpu].written = __atomic_load_n(&rings->ring[cpu].written, __ATOMIC_ACQUIRE);
		set_time(rings, cpu);
	}
}

static uint32_t oldest(const struct percpu_rings *rings)
{
	uint32_t cpu, found = 0;

	for (cpu = 1; cpu < rings->count; cpu++)
		if (rings->ends[cpu].time_ns < rings->ends[found].time_ns)
			found = cpu;
	return found;
}

const struct ebpfi_event *percpu_rings_next(struct percpu_rings *rings)
{
	rings->oldest = oldest(rings);
	return rings->ends[rings->oldest].time_ns == UINT64_MAX ? NULL : record_of(rings, rings->oldest);
}

void percpu_rings_consume(struct percpu_rings *rings)
{
	rings->ends[rings->oldest].read += (record_of(rings, rings->oldest)->len + 7) & ~7U;
	set_time(rings, rings->oldest);
}

void percpu_rings_release(struct percpu_rings *rings)
{
	uint32_t cpu;

	for (cpu = 0; cpu < rings->count; cpu++)
		if (rings->ring[cpu].read != rings->ends[cpu].read)
			__atomic_store_n(&rings->ring[cpu].read, rings->ends[cpu].read, __ATOMIC_RELEASE);
}
