/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "named_map.h"
#include "object.h"
#include "opts.h"
#include "reader.h"

struct record {
	struct record *next;
	char *map;
	struct reader *reader;
};

static struct record *find(const struct module *m, const char *map)
{
	struct record *r;

	for (r = m->records; r && strcmp(r->map, map); r = r->next)
		;
	return r;
}

static int open_reader(struct ebpfi *s, const struct module *m, const char *map, struct record *r, ebpfi_record_fn fn,
		       void *ctx)
{
	int fd = object_map_fd(m->object, map);

	switch (object_buffer(m->object, map)) {
	case BUFFER_RING:
		return reader_of_ring(s, fd, fn, ctx, &r->reader);
	case BUFFER_PERF:
		return reader_of_perf(s, fd, fn, ctx, &r->reader);
	case BUFFER_NONE:
		break;
	}
	return ebpfi_fail(s, -EINVAL, "%s.%s is neither a ring buffer nor a perf buffer", m->name, map);
}

static struct record *record_new(struct ebpfi *s, const char *map)
{
	struct record *r = calloc(1, sizeof(*r));

	if (r)
		r->map = strdup(map);
	if (r && r->map)
		return r;
	free(r);
	ebpfi_fail(s, -ENOMEM, "out of memory");
	return NULL;
}

static void record_free(struct record *r)
{
	reader_free(r->reader);
	free(r->map);
	free(r);
}

static int add(struct ebpfi *s, struct module *m, const char *map, ebpfi_record_fn fn, void *ctx)
{
	struct record *r = record_new(s, map);
	int err = r ? open_reader(s, m, map, r, fn, ctx) : -ENOMEM;

	if (!err) {
		r->next = m->records;
		m->records = r;
	} else if (r) {
		record_free(r);
	}
	return err;
}

int ebpfi_on_record(struct ebpfi *s, const char *name, ebpfi_record_fn fn, void *ctx)
{
	struct module *m;
	const char *map;
	int err = map_named(s, name, &m, &map);

	if (err)
		return err;
	if (m->inspector)
		return ebpfi_fail(s, -EINVAL, "the records of %s are events, which the session's function gets", m->name);
	if (find(m, map))
		return ebpfi_fail(s, -EALREADY, "%s has a function already", name);
	return add(s, m, map, fn, ctx);
}

/* Programs that use ebpfinspect/record.bpf.h count their losses; the kernel does not count a full ring buffer. */
static uint64_t lost_by_program(const struct module *m, const char *map)
{
	char name[128];
	uint64_t lost = 0;

	snprintf(name, sizeof(name), "%s_lost", map);
	object_read_global(m->object, name, &lost, sizeof(lost));
	return lost;
}

int ebpfi_record_stats(struct ebpfi *s, const char *name, struct ebpfi_record_stats *stats)
{
	struct ebpfi_record_stats ours = { 0 };
	struct record *r;
	struct module *m;
	const char *map;
	int err = map_named(s, name, &m, &map);

	if (err)
		return err;
	r = find(m, map);
	if (!r)
		return ebpfi_fail(s, -ENOENT, "%s has no function: ebpfi_on_record() gives it one", name);
	reader_count(r->reader, &ours.delivered, &ours.lost);
	ours.lost += lost_by_program(m, map);
	return opts_write(stats, &ours, sizeof(ours)) ? ebpfi_fail(s, -EINVAL, "set sz of struct ebpfi_record_stats") : 0;
}

void records_free(struct module *m)
{
	struct record *r;

	reader_free(m->events);
	while ((r = m->records)) {
		m->records = r->next;
		record_free(r);
	}
}
