/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "link_monitor.h"

#include <errno.h>
#include <stdlib.h>

#include "interface_listener.h"
#include "link_events.h"

struct link_monitor {
	struct interface_listener listener;
	struct link *link;
	struct link_notice *notice; /* allocated in advance: memory may be short later; NULL: the interface is gone */
	struct link_events events;
};

static void add_gone_event(struct link_monitor *m)
{
	const struct link_subject subject = { &m->link->interface, m->link->hook, m->link->id, 0 };

	if (m->notice)
		link_events_add(&m->events, m->notice, &subject, EBPFI_LINK_VANISHED, "the interface is gone");
	m->notice = NULL;
}

static void on_change(struct interface_listener *l, const struct interface *interface, bool is_gone)
{
	struct link_monitor *m = (struct link_monitor *)l;

	if (is_gone && interface->ifindex == m->link->interface.ifindex)
		add_gone_event(m);
}

static void on_missed(struct interface_listener *l)
{
	struct link_monitor *m = (struct link_monitor *)l;

	if (interface_ask(m->link->netns->netlink, m->link->interface.ifindex, NULL, NULL) == -ENODEV)
		add_gone_event(m);
}

static void ready(struct ebpfi *s, struct poll_source *source)
{
	struct link_monitor *m = (struct link_monitor *)source;

	interface_listener_receive(&m->listener);
	link_events_deliver(&m->events, s);
	if (m->events.first)
		interface_listener_wake(&m->listener);
}

int link_monitor_new(struct ebpfi *s, const struct netns *netns, struct link_monitor **result)
{
	struct link_monitor *m = calloc(1, sizeof(*m));
	int err;

	if (m)
		m->notice = link_notice_new();
	if (!m || !m->notice) {
		free(m);
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	}
	m->listener = (struct interface_listener){ { -1, ready }, s, on_change, on_missed };
	err = interface_listener_open(&m->listener, s, netns);
	if (err)
		link_monitor_free(m);
	else
		*result = m;
	return err;
}

void link_monitor_start(struct link_monitor *m, struct link *link)
{
	m->link = link;
	link->monitor = m;
}

void link_monitor_free(struct link_monitor *m)
{
	if (!m)
		return;
	interface_listener_close(&m->listener);
	link_events_free(&m->events);
	free(m->notice);
	free(m);
}
