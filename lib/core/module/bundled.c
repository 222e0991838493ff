/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "bundled.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "delivery.h"
#include "filtering.h"
#include "map.h"
#include "object.h"
#include "options.h"
#include "opts.h"
#include "percpu_ring.h"
#include "reader.h"
#include "release.h"
#include "table_slot.h"
#include "text.h"

enum {
	RING_DEFAULT = 4 << 20,
	RING_MAX = 1 << 30,
	PERCPU_RINGS_MAX = 64, /* 16 MiB; further CPUs use the ring buffer */
};

const char *ebpfi_inspector_name(unsigned int index)
{
	const struct inspector *inspector = inspector_at(index);

	return inspector ? inspector->name : NULL;
}

/* The kernel requires a power of two of pages, and returns only EINVAL for others. */
static uint32_t ring_size(uint32_t wanted)
{
	uint32_t size = (uint32_t)sysconf(_SC_PAGESIZE);

	while (size < (wanted ? wanted : RING_DEFAULT))
		size *= 2;
	return size;
}

static int set_state(void *to, const struct inspector_option *option, uint32_t value)
{
	struct module *m = to;

	m->inspector->state_set(m->state, option->name, value);
	return 0;
}

static int read_opts(struct ebpfi *s, struct module *m, const struct ebpfi_load_opts *theirs)
{
	struct ebpfi_load_opts opts;
	int err = opts_read(&opts, sizeof(opts), theirs);

	if (err)
		return ebpfi_fail(s, err, "invalid options: set opts.sz = sizeof(struct ebpfi_load_opts)");
	if (opts.ring_size > RING_MAX)
		return ebpfi_fail(s, -EINVAL, "ring_size %u is too large: at most %d", opts.ring_size, RING_MAX);
	m->ring_size = ring_size(opts.ring_size);
	err = options_read(s, m, opts.options);
	return err || !m->inspector->state_set ? err : options_each(m, set_state, m);
}

static struct bpf_object *open_object(struct ebpfi *s, struct module *m)
{
	size_t size;
	const void *bytes = m->inspector->object(&size);
	struct bpf_object *object = object_open(s, m->name, bytes, size, NULL);

	if (object)
		object_choose_none(object);
	return object;
}

static int set_option(void *object, const struct inspector_option *option, uint32_t value)
{
	if (option->knob)
		return object_set_global(object, option->knob, &value, sizeof(value));
	return option->map ? object_set_entries(object, option->map, value) : 0;
}

int bundled_set_options(struct module *m, struct bpf_object *object)
{
	int err = options_each(m, set_option, object);

	return err ? err : object_set_entries(object, "events", m->ring_size);
}

static volatile void *live_at(struct module *m, const char *name)
{
	uint32_t offset, size;
	const char *section;

	if (!m->live || object_find_global(m->object, name, &section, &offset, &size))
		return NULL;
	return (char *)m->live + offset;
}

static int put_in_map(void *to, const char *map, const void *key, const void *value)
{
	return map_put(object_map_fd(to, map), key, value);
}

int bundled_prepare(struct ebpfi *s, struct module *m, struct bpf_object *object)
{
	int err = m->inspector->prepare ? m->inspector->prepare(put_in_map, object) : 0;

	if (!err)
		return tables_put(s, m, object);
	return ebpfi_fail(s, err, "cannot fill in the tables of %s: %s", m->name, strerror(-err));
}

/* 0 if the host asks for a small ring buffer, to save memory. */
static uint32_t percpu_rings_wanted(const struct module *m)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	return m->ring_size <= PERCPU_RING_SIZE || cpus < 1 ? 0 : cpus < PERCPU_RINGS_MAX ? (uint32_t)cpus : PERCPU_RINGS_MAX;
}

static int make_percpu_rings(struct module *m)
{
	const uint32_t rings = percpu_rings_wanted(m), percpu_rings_read = rings > 0;
	int err = object_set_global(m->object, "percpu_rings_read", &percpu_rings_read, sizeof(percpu_rings_read));

	return err || !rings ? err : object_set_entries(m->object, "percpu_rings", rings);
}

static int read_percpu_rings(struct module *m)
{
	return percpu_rings_wanted(m)
		       ? reader_add_percpu_rings(m->events, object_map_fd(m->object, "percpu_rings"), m->clock_offset)
		       : 0;
}

static int read_events(struct ebpfi *s, struct module *m)
{
	int err = reader_of_ring(s, object_map_fd(m->object, "events"), module_deliver, m, &m->events);

	return err ? err : read_percpu_rings(m);
}

static int use_maps(struct ebpfi *s, struct module *m)
{
	int err = bundled_prepare(s, m, m->object);

	if (err)
		return err;
	m->live = object_map_globals(m->object, ".bss", &m->live_size);
	m->clock_offset = live_at(m, "clock_offset");
	m->no_wake_until = live_at(m, "no_wake_until");
	m->l3_interfaces = live_at(m, "l3_interfaces");
	if (!m->clock_offset || !m->no_wake_until || !m->l3_interfaces)
		return ebpfi_fail(s, -ENOMEM, "cannot map the variables of %s into memory", m->name);
	modules_set_clock(s);
	return read_events(s, m);
}

static void release_maps(struct module *m)
{
	reader_free(m->events);
	if (m->live)
		munmap(m->live, m->live_size);
	object_close(m->object);
	m->events = NULL;
	m->live = NULL;
	m->clock_offset = m->no_wake_until = NULL;
	m->l3_interfaces = NULL;
	m->object = NULL;
}

int bundled_ask_kernel(struct ebpfi *s, struct module *m, struct bpf_object *object, const char *what)
{
	size_t size;
	const void *bytes = m->inspector->object(&size);

	return filtering_load(s, m, object, what, bytes, size);
}

/* Loads only the maps of the object. */
static int load_object(struct ebpfi *s, struct module *m)
{
	char what[64];
	int err = bundled_set_options(m, m->object);

	if (!err)
		err = make_percpu_rings(m);
	if (err)
		return ebpfi_fail(s, err, "the object of %s lacks a knob that every inspector must have", m->name);
	snprintf(what, sizeof(what), "the maps of %s", m->name);
	err = bundled_ask_kernel(s, m, m->object, what);
	return err ? err : use_maps(s, m);
}

static int load_maps(struct ebpfi *s, struct module *m)
{
	int err;

	m->object = open_object(s, m);
	if (!m->object)
		return -EINVAL;
	err = load_object(s, m);
	if (err)
		release_maps(m);
	return err;
}

const char *bundled_program_name(const struct module *m, enum ebpfi_hook hook)
{
	static const char *const hooks[HOOK_COUNT] = { "", "xdp", "tc_in", "tc_out", "socket" };
	static _Thread_local char name[64];

	snprintf(name, sizeof(name), "%s_%s", m->name, hooks[hook]);
	return name;
}

/* Prefers the socket filter: it sees both directions and changes nothing. */
static enum ebpfi_hook default_hook(const struct inspector *inspector)
{
	static const enum ebpfi_hook order[] = { EBPFI_HOOK_SOCKET, EBPFI_HOOK_TC, EBPFI_HOOK_TC_EGRESS, EBPFI_HOOK_XDP };
	size_t i;

	for (i = 0; i + 1 < sizeof(order) / sizeof(order[0]) && !inspector_has_hook(inspector, order[i]); i++)
		;
	return order[i];
}

static int fail_hook(struct ebpfi *s, const struct module *m, enum ebpfi_hook wanted)
{
	char list[64];
	struct text t = text_in(list, sizeof(list));
	unsigned int hook;

	for (hook = EBPFI_HOOK_XDP; hook < HOOK_COUNT; hook++)
		if (inspector_has_hook(m->inspector, hook))
			text_printf(&t, "%s%s", *list ? ", " : "", ebpfi_hook_str((enum ebpfi_hook)hook));
	return ebpfi_fail(s, -EOPNOTSUPP, "%s has no program for %s; it has: %s", m->name, ebpfi_hook_str(wanted), list);
}

static int choose(struct ebpfi *s, struct module *m, struct choice *choice)
{
	if (choice->hook == EBPFI_HOOK_ANY)
		choice->hook = default_hook(m->inspector);
	if (!inspector_has_hook(m->inspector, choice->hook))
		return fail_hook(s, m, choice->hook);
	if (!choice->program || !strcmp(choice->program, bundled_program_name(m, choice->hook)))
		return 0;
	return ebpfi_fail(s, -ENOENT, "%s has no program %s for this hook", m->name, choice->program);
}

static int load_chosen(struct ebpfi *s, struct module *m, struct bpf_object *unit, enum ebpfi_hook hook, bool fragments)
{
	const char *name = bundled_program_name(m, hook);
	int err = object_choose(unit, name);

	if (err)
		return ebpfi_fail(s, -EOPNOTSUPP, "%s has no program for this hook", m->name);
	if (fragments)
		object_take_fragments(unit, name);
	err = object_share_maps(s, unit, m->object);
	return err ? err : bundled_ask_kernel(s, m, unit, bundled_program_name(m, hook));
}

static unsigned int kind_at(enum ebpfi_hook hook)
{
	if (hook == EBPFI_HOOK_XDP)
		return FILTER_XDP;
	return hook == EBPFI_HOOK_SOCKET ? FILTER_SKB : FILTER_TC;
}

struct bpf_object *bundled_open_unit(struct ebpfi *s, struct module *m, enum ebpfi_hook hook, int *err)
{
	size_t size;
	const void *bytes = m->inspector->object(&size);
	struct bpf_object *object = filtering_open(s, m, bytes, size, NULL, kind_at(hook), err);

	if (object)
		object_choose_none(object);
	return object;
}

static int load_unit(struct ebpfi *s, struct module *m, int at, struct bpf_object **unit)
{
	enum ebpfi_hook hook = at == UNIT_PLAIN ? EBPFI_HOOK_XDP : (enum ebpfi_hook)at;
	int err;
	struct bpf_object *object = bundled_open_unit(s, m, hook, &err);

	if (!object)
		return err;
	err = load_chosen(s, m, object, hook, at == EBPFI_HOOK_XDP);
	if (err)
		object_close(object);
	else
		*unit = object;
	return err;
}

static int program(struct ebpfi *s, struct module *m, const struct choice *choice)
{
	int at = choice->plain ? UNIT_PLAIN : (int)choice->hook, err = module_need_maps(s, m);

	if (!err && !m->units[at])
		err = load_unit(s, m, at, &m->units[at]);
	return err ? err : object_program_fd(m->units[at], bundled_program_name(m, choice->hook));
}

int bundled_walk(void *object, const char *map, inspector_entry_fn fn, void *ctx)
{
	struct map_shape shape;
	uint32_t id;
	int fd = object_map_fd(object, map), err = fd < 0 ? -ENOENT : map_describe(fd, &shape, &id);

	return err ? err : map_walk(fd, &shape, fn, ctx);
}

static int finish(struct module *m)
{
	return m->object ? module_finish(m, bundled_walk, m->object) : 0;
}

static const struct module_kind bundled = {
	.choose = choose,
	.program = program,
	.load_unit = load_unit,
	.load_maps = load_maps,
	.tick = module_tick,
	.finish = finish,
};

static int set_up(struct ebpfi *s, struct module *m, const struct ebpfi_load_opts *opts)
{
	if (m->inspector->state_new) {
		m->state = m->inspector->state_new();
		if (!m->state)
			return ebpfi_fail(s, -ENOMEM, "out of memory");
	}
	return read_opts(s, m, opts);
}

int ebpfi_load(struct ebpfi *s, const char *name, const struct ebpfi_load_opts *opts)
{
	const struct inspector *inspector = inspector_named(name);
	struct module *m;
	int err;

	if (!inspector)
		return ebpfi_fail(s, -ENOENT, "there is no inspector named %s", name);
	m = module_find(s, name);
	if (m && m->awaits_opts) {
		err = read_opts(s, m, opts);
		m->awaits_opts = err != 0;
		return err;
	}
	if (m)
		return ebpfi_fail(
			s, -EALREADY,
			"%s is loaded already: call ebpfi_load() before it is attached or replayed, or use another session",
			name);
	m = module_new(s, name, &bundled);
	if (!m)
		return -ENOMEM;
	m->inspector = inspector;
	err = set_up(s, m, opts);
	if (err)
		module_remove(s, m);
	return err;
}

struct module *module_get(struct ebpfi *s, const char *name, int *err)
{
	struct module *m = module_find(s, name);

	*err = m ? 0 : ebpfi_load(s, name, NULL);
	if (!m && !*err)
		m = module_find(s, name);
	if (m)
		m->awaits_opts = false;
	return m;
}
