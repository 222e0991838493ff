/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "link_event.h"

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
	json_uint(j, "ebpfi.watch.id", (uint64_t)event->watch);
	if (*event->reason)
		json_string(j, "error.message", event->reason);
}

const struct inspector link_events = {
	.name = "link", .event_size = sizeof(struct ebpfi_link_event), .str = put_str, .json = put_json
};
