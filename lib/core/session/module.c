/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum {
	CLOCK_TRIES = 5,
	CLOCK_DOUBT_NS = 1000,
};

struct module *module_find(const struct ebpfi *s, const char *name)
{
	struct module *m;

	for (m = s->modules; m && strcmp(m->name, name); m = m->next)
		;
	return m;
}

static struct module *allocate(const char *name)
{
	struct module *m = calloc(1, sizeof(*m));

	if (m)
		m->name = strdup(name);
	if (m && m->name)
		return m;
	free(m);
	return NULL;
}

struct module *module_new(struct ebpfi *s, const char *name, const struct module_kind *kind)
{
	struct module *m;

	if (module_find(s, name)) {
		ebpfi_fail(s, -EALREADY, "%s is loaded already: use another name, or another session", name);
		return NULL;
	}
	m = allocate(name);
	if (!m) {
		ebpfi_fail(s, -ENOMEM, "out of memory");
		return NULL;
	}
	m->session = s;
	m->kind = kind;
	m->next = s->modules;
	s->modules = m;
	return m;
}

int module_choose(struct ebpfi *s, struct module *m, struct choice *choice)
{
	return m->kind->choose(s, m, choice);
}

int module_program(struct ebpfi *s, struct module *m, const struct choice *choice)
{
	return m->kind->program(s, m, choice);
}

struct bpf_object *module_unit(const struct module *m, int hook)
{
	return m->inspector || m->units[hook] || hook != EBPFI_HOOK_ANY ? m->units[hook] : m->object;
}

int module_load_unit(struct ebpfi *s, struct module *m, int hook, struct bpf_object **unit)
{
	return m->kind->load_unit(s, m, hook, unit);
}

int module_need_maps(struct ebpfi *s, struct module *m)
{
	return m->object ? 0 : m->kind->load_maps(s, m);
}

/* An upper bound of CLOCK_REALTIME minus CLOCK_MONOTONIC, and how far below it the difference may be. Repeated if the thread was held up. */
static uint64_t clocks_apart(uint64_t *doubt)
{
	uint64_t before, now, tries = CLOCK_TRIES;

	do {
		before = clock_ns(CLOCK_MONOTONIC);
		now = clock_ns(CLOCK_REALTIME);
		*doubt = clock_ns(CLOCK_MONOTONIC) - before;
	} while (*doubt > CLOCK_DOUBT_NS && --tries);
	return now - before;
}

/*
 * Programs can read the monotonic clock only. The difference changes only when the clock is set, but no two measurements agree. A small
 * correction could give a later record an earlier time, so a nearly true value stays.
 */
void modules_set_clock(struct ebpfi *s)
{
	uint64_t doubt, apart = clocks_apart(&doubt), slack = doubt + CLOCK_DOUBT_NS;
	struct module *m;

	for (m = s->modules; m; m = m->next)
		if (m->clock_offset && apart + slack - *m->clock_offset > doubt + slack)
			*m->clock_offset = apart;
}

void modules_spare_wakeups(struct ebpfi *s, uint64_t ns)
{
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + ns;
	struct module *m;

	for (m = s->modules; m; m = m->next)
		if (m->no_wake_until)
			*m->no_wake_until = until;
}

static bool wants_ticks(const struct module *m)
{
	return m->kind->tick && m->inspector->tick && m->session->fn;
}

bool modules_want_ticks(const struct ebpfi *s)
{
	const struct module *m;

	for (m = s->modules; m && !wants_ticks(m); m = m->next)
		;
	return m;
}

int modules_finish(struct ebpfi *s)
{
	struct module *m;
	int stop = 0;

	for (m = s->modules; m && !stop; m = m->next)
		if (m->kind->finish)
			stop = m->kind->finish(m);
	return stop ? stop : modules_tick(s, UINT64_MAX);
}

int modules_tick(struct ebpfi *s, uint64_t now_ns)
{
	struct module *m;
	int stop = 0;

	for (m = s->modules; m && !stop; m = m->next)
		if (wants_ticks(m))
			stop = m->kind->tick(m, now_ns);
	return stop;
}
