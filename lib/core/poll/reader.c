/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "reader.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "percpu_rings.h"
#include "ring.h"

enum {
	PER_POLL = 65536, /* records that a reader delivers at once, so that a flood leaves the host time for its other work */
	PERF_PAGES = 64,  /* per CPU; a power of two */
	PER_MERGE = 256,
	YOUNG_NS = 1000000, /* a record can be further in the future only if the clock was set */
};

struct reader {
	struct poll_source source;
	struct reader *next;
	struct ebpfi *session;
	struct perf_buffer *perf;              /* a perf buffer */
	int map_fd;                            /* of the perf buffer; the object's */
	struct ring ring;                      /* or a ring buffer */
	struct percpu_rings percpu_rings;      /* beside the ring buffer, for events */
	const volatile uint64_t *clock_offset; /* of the programs */
	ebpfi_record_fn fn;
	void *ctx;
	int left; /* records that may still be delivered at once */
	uint64_t delivered, lost;
};

/* Hands a record to its function. False: stop here. */
static bool take_record(struct reader *r, const void *record, size_t size)
{
	r->left--;
	r->session->stopped = r->fn(r->ctx, record, size) != 0;
	return r->left > 0 && !r->session->stopped;
}

static void drain_ring(struct reader *r)
{
	const void *record;
	uint32_t size;
	bool more = true;

	while (more && (record = ring_next(&r->ring, &size))) {
		more = take_record(r, record, size);
		ring_consume(&r->ring, size);
	}
}

struct merge {
	uint64_t began;                   /* on the programs' clock */
	const struct ebpfi_event *shared; /* the ring buffer's next record */
	uint32_t size;                    /* of `shared`; without a record: not 0 while one is being written */
};

static uint64_t now_ns(const struct reader *r)
{
	return clock_ns(CLOCK_MONOTONIC) + *r->clock_offset;
}

/*
 * A record newer than the start of this merge may be caused by a record in a per-CPU ring that was already read, as a response is by its
 * request. Leave it for the next merge. A record from further in the future means that the clock was set.
 */
static bool is_young(const struct reader *r, const struct merge *m, const struct ebpfi_event *event)
{
	return event->time_ns > m->began && event->time_ns < now_ns(r) + YOUNG_NS;
}

/*
 * Delivers the older of the next records of the ring buffer and of the per-CPU rings. False: stop here. Young records wait for the next
 * merge. While a record of the ring buffer is being written, nothing behind it can be seen, so all wait for it.
 */
static bool take_oldest(struct reader *r, struct merge *m)
{
	const struct ebpfi_event *own = percpu_rings_next(&r->percpu_rings);
	bool is_shared = m->shared && (!own || m->shared->time_ns < own->time_ns), more;
	const struct ebpfi_event *event = is_shared ? m->shared : own;
	bool waits = (!m->shared && m->size) || (event && is_young(r, m, event));

	r->session->young_left |= waits;
	if (!event || waits)
		return false;
	more = take_record(r, event, is_shared ? m->size : event->len);
	if (is_shared) {
		ring_consume(&r->ring, m->size);
		m->shared = ring_next(&r->ring, &m->size);
	} else {
		percpu_rings_consume(&r->percpu_rings);
	}
	return more;
}

/* In small portions: the programs wait for the memory. */
static void merge(struct reader *r)
{
	struct merge m = { .began = now_ns(r) };
	int left = r->left - PER_MERGE;

	m.shared = ring_next(&r->ring, &m.size);
	percpu_rings_snapshot(&r->percpu_rings);
	while (r->left > left && take_oldest(r, &m))
		;
	percpu_rings_release(&r->percpu_rings);
}

/* Merges until nothing is found. */
static void drain_percpu_rings(struct reader *r)
{
	int before;

	do {
		before = r->left;
		merge(r);
	} while (r->left > 0 && r->left < before && !r->session->stopped);
}

static enum bpf_perf_event_ret take_perf(void *ctx, int cpu, struct perf_event_header *head)
{
	struct reader *r = ctx;
	struct {
		struct perf_event_header head;
		uint32_t size;
		char data[];
	} *sample = (void *)head;
	struct {
		struct perf_event_header head;
		uint64_t id, lost;
	} *loss = (void *)head;

	(void)cpu;
	if (head->type == PERF_RECORD_LOST)
		r->lost += loss->lost;
	if (head->type == PERF_RECORD_SAMPLE && !take_record(r, sample->data, sample->size))
		return LIBBPF_PERF_EVENT_ERROR;
	return LIBBPF_PERF_EVENT_CONT;
}

static void drain(struct reader *r)
{
	r->left = PER_POLL;
	if (r->perf)
		perf_buffer__consume(r->perf);
	else if (r->percpu_rings.count)
		drain_percpu_rings(r);
	else
		drain_ring(r);
	r->delivered += (uint64_t)(PER_POLL - r->left);
	r->session->delivered += PER_POLL - r->left;
}

void readers_drain(struct ebpfi *s)
{
	struct reader *r;

	for (r = s->readers; r && !s->stopped; r = r->next)
		drain(r);
}

static void ready(struct ebpfi *s, struct poll_source *source)
{
	(void)s;
	drain((struct reader *)source);
}

static struct reader *reader_new(struct ebpfi *s, ebpfi_record_fn fn, void *ctx)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r) {
		ebpfi_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	*r = (struct reader){ .session = s, .fn = fn, .ctx = ctx, .source = { -1, ready }, .next = s->readers };
	s->readers = r;
	return r;
}

/* Adds the reader to the poll, or says why there is no buffer. */
static int start(struct reader *r, int fd, const char *why, struct reader **result)
{
	int err = fd < 0 ? fd : 0;

	r->source.fd = fd;
	if (!err)
		err = poll_source_add(r->session, &r->source);
	if (!err) {
		*result = r;
		return 0;
	}
	ebpfi_fail(r->session, err, "%s: %s", why, strerror(-err));
	reader_free(r);
	return err;
}

int reader_of_ring(struct ebpfi *s, int map_fd, ebpfi_record_fn fn, void *ctx, struct reader **result)
{
	struct reader *r = reader_new(s, fn, ctx);
	int err;

	if (!r)
		return -ENOMEM;
	err = ring_open(&r->ring, map_fd);
	return start(r, err ? err : map_fd, "cannot map the ring buffer into memory", result);
}

int reader_add_percpu_rings(struct reader *r, int map_fd, const volatile uint64_t *clock_offset)
{
	int err = percpu_rings_open(&r->percpu_rings, map_fd);

	r->clock_offset = clock_offset;
	return err ? ebpfi_fail(r->session, err, "cannot map the per-CPU rings into memory: %s", strerror(-err)) : 0;
}

int reader_of_perf(struct ebpfi *s, int map_fd, ebpfi_record_fn fn, void *ctx, struct reader **result)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};
	struct reader *r = reader_new(s, fn, ctx);

	if (!r)
		return -ENOMEM;
	r->map_fd = map_fd;
	r->perf = perf_buffer__new_raw(map_fd, PERF_PAGES, &attr, take_perf, r, NULL);
	return start(r, r->perf ? perf_buffer__epoll_fd(r->perf) : -errno,
		     "cannot open the perf buffer, which needs CAP_PERFMON (a ring buffer, BPF_MAP_TYPE_RINGBUF, does not)",
		     result);
}

/*
 * perf_buffer__free() stops the perf events and takes them out of the map, which a process that inherited them must leave to the one that
 * made them. So descriptors of /dev/null take their place; without one the memory stays until the process ends.
 */
static void free_inherited_perf(struct reader *r)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t i;

	if (null < 0)
		return;
	for (i = 0; i < perf_buffer__buffer_cnt(r->perf); i++)
		dup3(null, perf_buffer__buffer_fd(r->perf, i), O_CLOEXEC);
	dup3(null, r->map_fd, O_CLOEXEC);
	close(null);
	perf_buffer__free(r->perf);
}

void reader_free(struct reader *r)
{
	struct reader **at;

	if (!r)
		return;
	for (at = &r->session->readers; *at != r; at = &(*at)->next)
		;
	*at = r->next;
	poll_source_remove(r->session, &r->source);
	ring_close(&r->ring);
	percpu_rings_close(&r->percpu_rings);
	if (r->perf && r->session->close_only)
		free_inherited_perf(r);
	else
		perf_buffer__free(r->perf);
	free(r);
}

void reader_count(const struct reader *r, uint64_t *delivered, uint64_t *lost)
{
	*delivered = r->delivered;
	*lost = r->lost;
}
