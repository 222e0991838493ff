/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <string.h>
#include <time.h>

#include "attach.h"
#include "inspector.h"
#include "link_events.h"

/* The inspector that prints an event; NULL for an unknown kind or a record that is too short. */
static const struct inspector *printer_of(const struct ebpfi_event *event)
{
	const struct inspector *inspector =
		event->kind == EBPFI_EVENT_LINK ? &link_events_inspector : inspector_of_kind(event->kind);

	return inspector && event->len >= inspector->event_size ? inspector : NULL;
}

/* A link event carries the name of its interface, which may be gone. */
static const char *interface_of(const struct ebpfi *s, const struct ebpfi_event *event)
{
	if (event->kind == EBPFI_EVENT_LINK && printer_of(event))
		return ((const struct ebpfi_link_event *)event)->name;
	return s ? ebpfi_interface_name(s, event->ifindex) : NULL;
}

/* Cached: the time of day changes once per second, packets arrive a million times per second. */
static void put_time(struct text *t, uint64_t time_ns)
{
	static _Thread_local time_t second = -1;
	static _Thread_local char clock[16];
	time_t now = (time_t)(time_ns / 1000000000);
	struct tm tm;

	if (now != second && localtime_r(&now, &tm)) {
		strftime(clock, sizeof(clock), "%H:%M:%S.", &tm);
		second = now;
	}
	text_put(t, clock);
	text_put_padded(t, time_ns % 1000000000 / 1000, 6);
	text_put_char(t, ' ');
}

const char *ebpfi_event_str(const struct ebpfi *s, const struct ebpfi_event *event, char *buf, size_t size)
{
	const struct inspector *inspector = printer_of(event);
	const char *interface = interface_of(s, event);
	struct text t = text_in(buf, size);

	put_time(&t, event->time_ns);
	if (interface) {
		text_put(&t, interface);
		text_put_char(&t, ' ');
	}
	if (inspector)
		inspector->str(&t, event);
	else
		text_printf(&t, "event of kind %u, %u bytes", event->kind, event->len);
	return buf;
}

/* RFC 3339, UTC, nanoseconds. */
static void put_timestamp(struct text *t, uint64_t time_ns)
{
	static _Thread_local time_t second = -1;
	static _Thread_local char date[32];
	time_t now = (time_t)(time_ns / 1000000000);
	struct tm tm;

	if (now != second && gmtime_r(&now, &tm)) {
		strftime(date, sizeof(date), "\"%Y-%m-%dT%H:%M:%S.", &tm);
		second = now;
	}
	text_put(t, date);
	text_put_padded(t, time_ns % 1000000000, 9);
	text_put(t, "Z\"");
}

static const char *verdict_str(uint8_t verdict)
{
	return verdict == EBPFI_VERDICT_DROP ? "drop" : verdict == EBPFI_VERDICT_REDIRECT ? "redirect" : "unknown";
}

static void json_head(struct json *j, const struct ebpfi *s, const struct ebpfi_event *event)
{
	const char *interface = interface_of(s, event);

	json_name(j, "timestamp");
	put_timestamp(j->text, event->time_ns);
	json_string(j, "hook", ebpfi_hook_str((enum ebpfi_hook)event->hook));
	if (interface)
		json_string(j, "network.interface.name", interface);
	if (event->direction)
		json_string(j, "network.io.direction", event->direction == EBPFI_DIRECTION_EGRESS ? "transmit" : "receive");
	if (event->verdict)
		json_string(j, "verdict", verdict_str(event->verdict));
}

/* Whether all members fit. */
static bool put_object(struct text *t, const struct ebpfi *s, const struct ebpfi_event *event, unsigned int limit)
{
	const struct inspector *inspector = printer_of(event);
	struct json j = json_begin(t, limit);

	json_head(&j, s, event);
	if (inspector)
		inspector->json(&j, event);
	else
		json_uint(&j, "event.kind", event->kind);
	return json_end(&j);
}

/* In a short buffer, shorten long strings before leaving out members. */
const char *ebpfi_event_json(const struct ebpfi *s, const struct ebpfi_event *event, char *buf, size_t size)
{
	static const unsigned int limits[] = { JSON_WHOLE, 256, 64, 16 };
	struct text t;
	size_t i;

	if (size < JSON_LEAST) {
		t = text_in(buf, size);
		text_put(&t, size < sizeof("{}") ? "" : "{}");
		return buf;
	}
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		t = text_in(buf, size);
		if (put_object(&t, s, event, limits[i]))
			break;
	}
	return buf;
}
