/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bundled.h"
#include "clock.h"
#include "filtering.h"
#include "hosted.h"
#include "link_type.h"
#include "map.h"
#include "object.h"
#include "pin.h"
#include "record.h"

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

struct module *module_new(struct ebpfi *s, const char *name)
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
	m->next = s->modules;
	s->modules = m;
	return m;
}

struct module *module_get(struct ebpfi *s, const char *name, int *err)
{
	struct module *m = module_find(s, name);

	*err = m ? 0 : ebpfi_load(s, name, NULL);
	return m || *err ? m : module_find(s, name);
}

int module_choose(struct ebpfi *s, struct module *m, struct choice *choice)
{
	return m->inspector ? bundled_choose(s, m, choice) : hosted_choose(s, m, choice);
}

int module_program(struct ebpfi *s, struct module *m, const struct choice *choice)
{
	return m->inspector ? bundled_program(s, m, choice) : hosted_program(s, m, choice);
}

struct bpf_object *module_unit(const struct module *m, int hook)
{
	return m->inspector || m->units[hook] || hook != EBPFI_HOOK_ANY ? m->units[hook] : m->object;
}

int module_load_unit(struct ebpfi *s, struct module *m, int hook, struct bpf_object **unit)
{
	return m->inspector ? bundled_load_unit(s, m, hook, unit) : hosted_load_unit(s, m, unit);
}

int module_need_maps(struct ebpfi *s, struct module *m)
{
	return m->object ? 0 : bundled_load_maps(s, m);
}

struct delivery {
	const struct ebpfi *session;
	int events, stop;
};

static void deliver_event(void *to, const struct ebpfi_event *event)
{
	struct delivery *d = to;
	int stop = d->session->fn(d->session->ctx, event);

	d->events++;
	d->stop = d->stop ? d->stop : stop;
}

/* Who called counts records. Programs count the events among them; events that were made of anything else are counted here. */
static int deliver_completed(struct module *m, const struct ebpfi_event *record)
{
	const struct inspector *inspector = m->inspector;
	struct delivery d = { .session = m->session };
	unsigned int lost = inspector->complete(m->state, record, deliver_event, &d);

	m->replayed.seen += lost;
	m->replayed.lost_map += lost;
	m->session->delivered += d.events - 1;
	if (record->kind < inspector->first_kind || record->kind > inspector->last_kind) {
		m->replayed.seen += (uint64_t)d.events;
		m->replayed.delivered += (uint64_t)d.events;
	}
	return d.stop;
}

int module_deliver(void *module, const void *record, size_t size)
{
	struct module *m = module;
	const struct ebpfi_event *event = record;

	if (!m->session->fn || size < sizeof(*event) || event->len > size)
		return 0;
	return m->state ? deliver_completed(m, event) : m->session->fn(m->session->ctx, event);
}

/* Ethernet is what is not in the map, so that machines which have nothing else need no look-up. */
int module_set_link(struct ebpfi *s, struct module *m, uint32_t ifindex, uint16_t link)
{
	int map = object_map_fd(m->object, "l3_ifaces"), err = link == LINK_RAW ? filtering_check_l3(s, m) : 0;

	if (err || map < 0)
		return err;
	err = link == LINK_ETHERNET ? map_delete(map, &ifindex) : map_put(map, &ifindex, &link);
	if (err && err != -ENOENT)
		return ebpfi_fail(s, err, "too many interfaces without a link layer: 256 at most");
	if (link != LINK_ETHERNET && m->l3_interfaces)
		*m->l3_interfaces = 1;
	return 0;
}

bool module_takes_fragments(const struct module *m, const struct choice *choice)
{
	return m->inspector ? !choice->plain : object_takes_fragments(m->object, choice->program);
}

/* The most that the clocks may be apart, and how much less it may be. Again, where this thread was held up meanwhile. */
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
 * Programs know the time since boot only. The difference changes when the clock is set, and only then: no two looks at the clocks show the
 * same, and what came later must not have the earlier time for that. So what is nearly true stays.
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

static void module_free(struct module *m)
{
	int i;

	records_free(m);
	reused_free(m);
	for (i = 0; i <= HOOK_COUNT; i++)
		object_close(m->units[i]);
	if (m->live)
		munmap(m->live, m->live_size);
	object_close(m->object);
	filtering_free(m);
	if (m->state)
		m->inspector->state_free(m->state);
	free(m->name);
	free(m);
}

void module_remove(struct ebpfi *s, struct module *m)
{
	struct module **at;

	for (at = &s->modules; *at != m; at = &(*at)->next)
		;
	*at = m->next;
	module_free(m);
}

void modules_free(struct ebpfi *s)
{
	while (s->modules)
		module_remove(s, s->modules);
}
