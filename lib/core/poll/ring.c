/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "map.h"

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int ring_open(struct ring *ring, int map_fd)
{
	struct map_shape shape;
	uint32_t id;
	void *ours, *theirs;
	int err = map_describe(map_fd, &shape, &id);

	if (err)
		return err;
	ours = mmap(NULL, page(), PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (ours == MAP_FAILED)
		return -errno;
	theirs = mmap(NULL, page() + 2 * (size_t)shape.max_entries, PROT_READ, MAP_SHARED, map_fd, (off_t)page());
	if (theirs == MAP_FAILED) {
		err = -errno;
		munmap(ours, page());
		return err;
	}
	*ring = (struct ring){ ours, theirs, (const char *)theirs + page(), shape.max_entries };
	return 0;
}

void ring_close(struct ring *ring)
{
	if (!ring->consumed)
		return;
	munmap(ring->consumed, page());
	munmap((void *)ring->produced, page() + 2 * ring->size);
	ring->consumed = NULL;
}

void ring_consume(struct ring *ring, uint32_t size)
{
	__atomic_store_n(ring->consumed, *ring->consumed + ((size + BPF_RINGBUF_HDR_SZ + 7) & ~7U), __ATOMIC_RELEASE);
}

static const void *find_record(struct ring *ring, uint32_t *size)
{
	const uint32_t *at;

	*size = 0;
	while (*ring->consumed < __atomic_load_n(ring->produced, __ATOMIC_ACQUIRE)) {
		at = (const uint32_t *)(ring->records + (*ring->consumed & (ring->size - 1)));
		*size = __atomic_load_n(at, __ATOMIC_ACQUIRE);
		if (*size & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		if (!(*size & BPF_RINGBUF_DISCARD_BIT))
			return at + BPF_RINGBUF_HDR_SZ / sizeof(*at);
		ring_consume(ring, *size & ~(uint32_t)BPF_RINGBUF_DISCARD_BIT);
		*size = 0;
	}
	return NULL;
}

/*
 * The kernel wakes the consumer only if the consumer position already equals this record. Publish our position, then check once more.
 */
const void *ring_next(struct ring *ring, uint32_t *size)
{
	const void *record = find_record(ring, size);
	uint64_t consumed = *ring->consumed + 1;

	while (!record && consumed != *ring->consumed) {
		consumed = *ring->consumed;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		record = find_record(ring, size);
	}
	return record;
}
