/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "link_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

struct link_notice *link_notice_new(void)
{
	return calloc(1, sizeof(struct link_notice));
}

void link_events_add(struct link_events *events, struct link_notice *notice, const struct link_subject *subject,
		     enum ebpfi_link_what what, const char *reason)
{
	notice->event = (struct ebpfi_link_event){ .event = { .len = sizeof(notice->event),
							      .kind = EBPFI_EVENT_LINK,
							      .hook = (uint8_t)subject->hook,
							      .time_ns = clock_ns(CLOCK_REALTIME),
							      .ifindex = subject->interface->ifindex },
						   .link = subject->link,
						   .watch = subject->watch,
						   .what = what };
	memcpy(notice->event.name, subject->interface->name, sizeof(notice->event.name));
	snprintf(notice->event.reason, sizeof(notice->event.reason), "%s", reason);
	if (events->first)
		events->last->next = notice;
	else
		events->first = notice;
	events->last = notice;
}

void link_events_deliver(struct link_events *events, struct ebpfi *s)
{
	struct link_notice *notice;

	while (!s->stopped && (notice = events->first)) {
		events->first = notice->next;
		s->delivered++;
		s->stopped = s->fn && s->fn(s->ctx, &notice->event.event);
		free(notice);
	}
}

void link_events_free(struct link_events *events)
{
	struct link_notice *notice;

	while ((notice = events->first)) {
		events->first = notice->next;
		free(notice);
	}
}

static const char *what_str(uint32_t what)
{
	static const char *const words[] = { "changed", "attached", "failed", "renamed", "vanished" };

	return words[what < sizeof(words) / sizeof(words[0]) ? what : 0];
}

static void put_str(struct text *t, const struct ebpfi_event *head)
{
	const struct ebpfi_link_event *event = (const struct ebpfi_link_event *)head;

	text_put(t, "interface ");
	text_put(t, what_str(event->what));
	if (event->link)
		text_printf(t, ", link %d", event->link);
	if (*event->reason) {
		text_put(t, ": ");
		text_put(t, event->reason);
	}
}

static void put_json(struct json *j, const struct ebpfi_event *head)
{
	const struct ebpfi_link_event *event = (const struct ebpfi_link_event *)head;

	json_string(j, "event.name", "ebpfi.link");
	json_string(j, "ebpfi.link.state", what_str(event->what));
	if (event->link)
		json_uint(j, "ebpfi.link.id", (uint64_t)event->link);
	if (event->watch)
		json_uint(j, "ebpfi.watch.id", (uint64_t)event->watch);
	if (*event->reason)
		json_string(j, "error.message", event->reason);
}

const struct inspector link_events_inspector = {
	.name = "link", .event_size = sizeof(struct ebpfi_link_event), .str = put_str, .json = put_json
};
