/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps.h"
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

static struct reader *open_reader(struct ebpfi *s, const struct module *m, const char *map, ebpfi_record_fn fn, void *ctx)
{
	int fd = object_map_fd(m->object, map);

	switch (object_buffer(m->object, map)) {
	case BUFFER_RING:
		return reader_of_ring(s, fd, fn, ctx);
	case BUFFER_PERF:
		return reader_of_perf(s, fd, fn, ctx);
	case BUFFER_NONE:
		break;
	}
	ebpfi_fail(s, -EINVAL, "%s.%s is neither a ring buffer nor a perf buffer", m->name, map);
	return NULL;
}

static int add(struct ebpfi *s, struct module *m, const char *map, struct reader *reader)
{
	struct record *r = calloc(1, sizeof(*r));

	if (r)
		r->map = strdup(map);
	if (!r || !r->map) {
		free(r);
		reader_free(reader);
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	}
	r->reader = reader;
	r->next = m->records;
	m->records = r;
	return 0;
}

int ebpfi_on_record(struct ebpfi *s, const char *name, ebpfi_record_fn fn, void *ctx)
{
	struct reader *reader;
	struct module *m;
	const char *map;
	int err = map_named(s, name, &m, &map);

	if (err)
		return err;
	if (m->inspector)
		return ebpfi_fail(s, -EINVAL, "the records of %s are events, which the session's function gets", m->name);
	if (find(m, map))
		return ebpfi_fail(s, -EALREADY, "%s has a function already", name);
	reader = open_reader(s, m, map, fn, ctx);
	return reader ? add(s, m, map, reader) : -EINVAL;
}

/* What a program that uses ebpfinspect/record.bpf.h counts itself; the kernel does not count a full ring buffer. */
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
		reader_free(r->reader);
		free(r->map);
		free(r);
	}
}
