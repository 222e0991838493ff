/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Changes the filter of attached programs: loads them again with the new filter and replaces them. */
#include <errno.h>
#include <string.h>

#include "attach.h"
#include "bundled.h"
#include "filtering.h"
#include "link_type.h"
#include "object.h"

/* Loads every loaded program of the module again, with the new filter, at the same index in `units`. */
static int load_units(struct ebpfi *s, struct module *m, struct bpf_object **units)
{
	int hook, err = 0;

	for (hook = 0; hook < UNIT_COUNT && !err; hook++)
		if (module_unit(m, hook))
			err = module_load_unit(s, m, hook, &units[hook]);
	return err;
}

/* The descriptor of the program that replaces a link's program. */
static int new_program(const struct module *m, const struct link *link, struct bpf_object *const *units)
{
	const char *name;
	int hook;

	for (hook = 0; hook < UNIT_COUNT; hook++) {
		name = module_unit(m, hook) ? object_program_of_fd(module_unit(m, hook), link->program_fd) : NULL;
		if (name)
			return object_program_fd(units[hook], name);
	}
	return -ENOENT;
}

static bool is_ours(const struct module *m, const struct link *link)
{
	return !strcmp(link->inspector, m->name) && link->mode && link->program_fd >= 0;
}

/* Gives the links before `end` their old programs back. */
static void undo_updates(struct ebpfi *s, const struct module *m, const struct link *end)
{
	struct link *link;

	for (link = s->links; link != end; link = link->next)
		if (is_ours(m, link))
			link_update(s, link, link->program_fd);
}

static int update_links(struct ebpfi *s, const struct module *m, struct bpf_object *const *units)
{
	struct link *link;
	int fd, err;

	for (link = s->links; link; link = link->next) {
		fd = is_ours(m, link) ? new_program(m, link, units) : -ENOENT;
		err = fd < 0 ? 0 : link_update(s, link, fd);
		if (!err)
			continue;
		undo_updates(s, m, link);
		return err;
	}
	for (link = s->links; link; link = link->next) {
		fd = is_ours(m, link) ? new_program(m, link, units) : -ENOENT;
		link->program_fd = fd < 0 ? link->program_fd : fd;
	}
	return 0;
}

static void close_units(struct bpf_object **units)
{
	int hook;

	for (hook = 0; hook < UNIT_COUNT; hook++)
		object_close(units[hook]);
}

static int check_links(struct ebpfi *s, struct module *m)
{
	const struct link *link;

	for (link = s->links; link; link = link->next)
		if (is_ours(m, link) && link->interface.link == LINK_RAW)
			return filtering_check_l3(s, m);
	return 0;
}

/* Loads all programs before it replaces the first: most failures then have no effect. */
static int exchange(struct ebpfi *s, struct module *m)
{
	struct bpf_object *units[UNIT_COUNT] = { NULL };
	int hook, err = check_links(s, m);

	if (!err)
		err = load_units(s, m, units);
	if (!err)
		err = update_links(s, m, units);
	if (err) {
		close_units(units);
		return err;
	}
	for (hook = 0; hook < UNIT_COUNT; hook++)
		if (units[hook]) {
			object_close(m->units[hook]);
			m->units[hook] = units[hook];
		}
	return 0;
}

int ebpfi_set_filter(struct ebpfi *s, const char *name, const char *expression)
{
	struct module *m = module_find(s, name);
	bool awaits_opts = !m || m->awaits_opts;
	struct filter *filter, *before;
	int err;

	m = module_get(s, name, &err);
	if (!m)
		return err;
	m->awaits_opts = awaits_opts;
	err = filtering_new(s, expression, &filter);
	if (err)
		return err;
	before = m->filter;
	m->filter = filter;
	err = exchange(s, m);
	if (err)
		m->filter = before;
	filter_free(err ? filter : before);
	return err;
}
