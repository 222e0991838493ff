/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "map.h"
#include "native_run.h"
#include "object.h"
#include "opts.h"

enum {
	SNAPLEN_MAX = 65535,
	RING_DEFAULT = 4 << 20,
	RING_MAX = 1 << 30,
};

const char *ebpfi_inspector_name(unsigned int index)
{
	const struct inspector *inspector = inspector_at(index);

	return inspector ? inspector->name : NULL;
}

struct module *module_find(const struct ebpfi *s, const char *name)
{
	struct module *m;

	for (m = s->modules; m && strcmp(m->inspector->name, name); m = m->next)
		;
	return m;
}

/* The kernel wants a power of two of pages, and says only "invalid argument". */
static uint32_t ring_size(uint32_t wanted)
{
	uint32_t size = (uint32_t)sysconf(_SC_PAGESIZE);

	while (size < (wanted ? wanted : RING_DEFAULT))
		size *= 2;
	return size;
}

static int check_opts(struct ebpfi *s, struct ebpfi_load_opts *opts, const struct ebpfi_load_opts *theirs)
{
	int err = opts_read(opts, sizeof(*opts), theirs);

	if (err)
		return ebpfi_fail(s, err,
				  "the load options are not of this library's kind: set sz to sizeof(struct ebpfi_load_opts)");
	if (opts->snaplen > SNAPLEN_MAX)
		return ebpfi_fail(s, -EINVAL, "snaplen %u is too large: at most %d", opts->snaplen, SNAPLEN_MAX);
	if (opts->ring_size > RING_MAX)
		return ebpfi_fail(s, -EINVAL, "ring_size %u is too large: at most %d", opts->ring_size, RING_MAX);
	opts->ring_size = ring_size(opts->ring_size);
	return 0;
}

int ebpfi_load(struct ebpfi *s, const char *name, const struct ebpfi_load_opts *theirs)
{
	const struct inspector *inspector = inspector_named(name);
	struct ebpfi_load_opts opts;
	struct module *m;
	int err = check_opts(s, &opts, theirs);

	if (err)
		return err;
	if (!inspector)
		return ebpfi_fail(s, -ENOENT, "there is no inspector named %s", name);
	if (module_find(s, name))
		return ebpfi_fail(s, -EALREADY, "%s is loaded already: its options are fixed", name);
	m = calloc(1, sizeof(*m));
	if (!m)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	m->inspector = inspector;
	m->opts = opts;
	m->next = s->modules;
	s->modules = m;
	return 0;
}

struct module *module_get(struct ebpfi *s, const char *name)
{
	struct module *m = module_find(s, name);

	if (m || ebpfi_load(s, name, NULL))
		return m;
	return module_find(s, name);
}

static struct bpf_object *open_object(struct ebpfi *s, struct module *m)
{
	size_t size;
	const void *bytes = m->inspector->object(&size);

	return object_open(s, m->inspector->name, bytes, size);
}

static int set_knobs(struct module *m, struct bpf_object *object)
{
	int err = object_set_global(object, "snaplen", &m->opts.snaplen, sizeof(m->opts.snaplen));

	if (!err)
		err = object_set_global(object, "sample", &m->opts.sample, sizeof(m->opts.sample));
	if (!err)
		err = object_set_entries(object, "events", m->opts.ring_size);
	return err;
}

static volatile void *live_at(struct module *m, const char *name)
{
	uint32_t offset, size;
	const char *section;

	if (!m->live || object_find_global(m->maps, name, &section, &offset, &size))
		return NULL;
	return (char *)m->live + offset;
}

static int use_maps(struct ebpfi *s, struct module *m)
{
	m->live = object_map_globals(m->maps, ".bss", &m->live_size);
	m->clock_offset = live_at(m, "clock_offset");
	m->l3_interfaces = live_at(m, "l3_interfaces");
	if (!m->clock_offset || !m->l3_interfaces)
		return ebpfi_fail(s, -ENOMEM, "cannot map the variables of %s into memory", m->inspector->name);
	modules_set_clock(s);
	m->ring = ring_new(s, object_map_fd(m->maps, "events"));
	return m->ring ? 0 : -ENOMEM;
}

static void release_maps(struct module *m)
{
	ring_free(m->ring);
	if (m->live)
		munmap(m->live, m->live_size);
	object_close(m->maps);
	m->ring = NULL;
	m->live = NULL;
	m->maps = NULL;
}

/* The object without a program: its maps. */
static int load_maps(struct ebpfi *s, struct module *m)
{
	char what[64];
	int err;

	if (m->maps)
		return 0;
	m->maps = open_object(s, m);
	if (!m->maps)
		return -EINVAL;
	snprintf(what, sizeof(what), "the maps of %s", m->inspector->name);
	err = set_knobs(m, m->maps);
	if (err)
		ebpfi_fail(s, err, "the object of %s lacks a knob that every inspector has", m->inspector->name);
	else
		err = object_load(s, m->maps, what);
	if (!err)
		err = use_maps(s, m);
	if (err)
		release_maps(m);
	return err;
}

static const char *program_name(const struct module *m, enum ebpfi_hook hook)
{
	static const char *const hooks[HOOK_COUNT] = { "", "xdp", "tc_in", "tc_out", "socket" };
	static _Thread_local char name[64];

	snprintf(name, sizeof(name), "%s_%s", m->inspector->name, hooks[hook]);
	return name;
}

static int load_unit(struct ebpfi *s, struct module *m, struct bpf_object *unit, enum ebpfi_hook hook)
{
	int err = object_choose(unit, program_name(m, hook));

	if (err)
		return ebpfi_fail(s, -EOPNOTSUPP, "%s has no program for this hook", m->inspector->name);
	err = object_share_maps(s, unit, m->maps);
	return err ? err : object_load(s, unit, program_name(m, hook));
}

int module_program(struct ebpfi *s, struct module *m, enum ebpfi_hook hook)
{
	struct bpf_object *unit;
	int err = load_maps(s, m);

	if (err)
		return err;
	if (m->units[hook])
		return object_program_fd(m->units[hook], program_name(m, hook));
	unit = open_object(s, m);
	if (!unit)
		return -EINVAL;
	err = load_unit(s, m, unit, hook);
	if (err) {
		object_close(unit);
		return err;
	}
	m->units[hook] = unit;
	return object_program_fd(unit, program_name(m, hook));
}

int module_add_l3(struct ebpfi *s, struct module *m, uint32_t ifindex)
{
	uint16_t link = LINK_RAW;
	int err = map_put(object_map_fd(m->maps, "l3_ifaces"), &ifindex, &link);

	if (err)
		return ebpfi_fail(s, err, "too many interfaces without a link layer: 256 at most");
	*m->l3_interfaces = 1;
	return 0;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Programs know the time since boot only; the difference changes when the clock is set. */
void modules_set_clock(struct ebpfi *s)
{
	uint64_t offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	struct module *m;

	for (m = s->modules; m; m = m->next)
		if (m->clock_offset)
			*m->clock_offset = offset;
}

static void module_free(struct module *m)
{
	int i;

	for (i = 0; i < HOOK_COUNT; i++)
		object_close(m->units[i]);
	release_maps(m);
	free(m);
}

void modules_free(struct ebpfi *s)
{
	struct module *m;

	while ((m = s->modules)) {
		s->modules = m->next;
		module_free(m);
	}
}
