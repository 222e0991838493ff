/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Events about links: a queue of them for the next poll, and their text. */
#pragma once

#include "attach.h"
#include "inspector.h"

struct link_notice {
	struct link_notice *next;
	struct ebpfi_link_event event;
};

/* Oldest first. A queue, since links also change outside of ebpfi_poll(), and only that delivers events. */
struct link_events {
	struct link_notice *first, *last;
};

struct link_subject {
	const struct interface *interface;
	enum ebpfi_hook hook;
	int link, watch; /* 0: there is none */
};

/* Called before a change that the host must hear of, so that lack of memory stops the change. NULL without memory. */
struct link_notice *link_notice_new(void);

/* Fills in a notice and adds it to the queue. */
void link_events_add(struct link_events *events, struct link_notice *notice, const struct link_subject *subject,
		     enum ebpfi_link_what what, const char *reason);

/* Hands the events to the host until its function stops the poll. */
void link_events_deliver(struct link_events *events, struct ebpfi *s);

void link_events_free(struct link_events *events);

extern const struct inspector link_events_inspector;
