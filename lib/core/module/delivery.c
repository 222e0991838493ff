/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "delivery.h"

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

static void count_made(struct module *m, int events)
{
	m->replayed.seen += (uint64_t)events;
	m->replayed.delivered += (uint64_t)events;
}

static void count_lost(struct module *m, unsigned int lost)
{
	m->replayed.seen += lost;
	m->replayed.lost_map += lost;
}

/* The caller counts records, and programs count events among them. Count here only events that complete() adds. */
static int deliver_completed(struct module *m, const struct ebpfi_event *record)
{
	const struct inspector *inspector = m->inspector;
	struct delivery d = { .session = m->session };

	count_lost(m, inspector->complete(m->state, record, deliver_event, &d));
	m->session->delivered += d.events - 1;
	if (record->kind < inspector->first_kind || record->kind > inspector->last_kind)
		count_made(m, d.events);
	else if (d.events > 1)
		count_made(m, d.events - 1);
	return d.stop;
}

int module_tick(struct module *m, uint64_t now_ns)
{
	struct delivery d = { .session = m->session };

	count_lost(m, m->inspector->tick(m->state, now_ns, deliver_event, &d));
	m->session->delivered += d.events;
	count_made(m, d.events);
	return d.stop;
}

int module_finish(struct module *m, inspector_walk_fn walk, void *from)
{
	struct delivery d = { .session = m->session };

	if (!m->inspector->open || !m->session->fn)
		return 0;
	count_lost(m, m->inspector->open(m->state, walk, from, deliver_event, &d));
	m->session->delivered += d.events;
	count_made(m, d.events);
	return d.stop;
}

int module_deliver(void *module, const void *record, size_t size)
{
	struct module *m = module;
	const struct ebpfi_event *event = record;

	if (!m->session->fn || size < sizeof(*event) || event->len > size)
		return 0;
	return m->inspector->complete ? deliver_completed(m, event) : m->session->fn(m->session->ctx, event);
}
