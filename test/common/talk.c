/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "talk.h"

#include <stdlib.h>
#include <string.h>

#include "http/given_up.h"
#include "http_grammar.h"
#include "inspector.h"
#include "native_run.h"
#include "runner.h"

extern const struct native_inspector native_http;

static void take(void *ctx, const void *record, size_t size);

static void take_completed(void *to, const struct ebpfi_event *event)
{
	take(to, event, event->len);
}

static void complete(struct talk *t, const void *record)
{
	t->completing = true;
	inspector_named("http")->complete(t->state, record, take_completed, t);
	t->completing = false;
}

static void take(void *ctx, const void *record, size_t size)
{
	struct talk *t = ctx;

	if (t->state && !t->completing) {
		complete(t, record);
		return;
	}
	if (((const struct ebpfi_event *)record)->kind == HTTP_GIVEN_UP)
		return;
	ck_assert_uint_le(size, sizeof(t->events[0]));
	ck_assert_int_lt(t->count, TALK_EVENTS);
	memset(&t->events[t->count], 0, sizeof(t->events[0]));
	memcpy(&t->events[t->count++], record, size);
}

/* The memory ends with the frame, so that a sanitizer reports a read past it. */
static void feed(void *ctx, const void *frame, size_t size)
{
	struct talk *t = ctx;
	size_t there = t->snaplen && t->snaplen < size ? t->snaplen : size;
	unsigned char *copy = malloc(there);
	struct pkt p = { .ctx = copy, .len = (uint32_t)there, .wire_len = (uint32_t)size, .link = LINK_ETHERNET };

	p.segments = 1;
	p.vlan_proto = t->proto;
	p.vlan_tci = t->tci;
	memcpy(copy, frame, there);
	native_run_packet(t->run, &p, t->now += 1000);
	free(copy);
}

struct talk *talk_new(int tunnels)
{
	struct http_table *table = http_table_new(false);
	struct talk *t = calloc(1, sizeof(*t));
	uint32_t only = 0;

	ck_assert(t && table);
	t->to = (struct segments){ .fn = feed, .ctx = t, .client_port = 40000, .server_port = 80 };
	t->run = native_run_new(&native_http, 0, take, t);
	ck_assert_int_eq(native_run_put(t->run, "http_table", &only, table), 0);
	ck_assert_int_eq(native_run_set(t->run, "tunnels", &(uint32_t){ (uint32_t)tunnels }, 4), 0);
	free(table);
	native_run_enter(t->run);
	return t;
}

void talk_complete(struct talk *t)
{
	t->state = inspector_named("http")->state_new();
	ck_assert_ptr_nonnull(t->state);
}

void talk_end(struct talk *t)
{
	t->completing = true;
	inspector_named("http")->tick(t->state, t->now + 1000, take_completed, t);
	inspector_named("http")->open(t->state, native_run_each, t->run, take_completed, t);
	inspector_named("http")->tick(t->state, UINT64_MAX, take_completed, t);
	t->completing = false;
}

void talk_free(struct talk *t)
{
	if (t->state)
		inspector_named("http")->state_free(t->state);
	native_run_leave(t->run);
	native_run_free(t->run);
	free(t);
}

void talk_open(struct talk *t)
{
	t->count = 0;
	segments_open(&t->to, t->to.next[CLIENT] + 1000000, t->to.next[SERVER] + 5000000);
}

void talk_bytes(struct talk *t, int from, const void *bytes, size_t size, size_t each)
{
	const char *at = bytes;
	size_t part;

	for (; size; size -= part, at += part) {
		part = each && each < size ? each : size;
		segments_say(&t->to, from, ACK | PSH, at, part);
	}
}

void talk_say(struct talk *t, int from, const char *text)
{
	talk_bytes(t, from, text, strlen(text), 0);
}

const struct ebpfi_http *talk_event(const struct talk *t, int kind, int n)
{
	int i;

	for (i = 0; i < t->count; i++)
		if (t->events[i].http.event.kind == kind && !n--)
			return &t->events[i].http;
	return NULL;
}

int talk_count(const struct talk *t, int kind)
{
	int n = 0;

	while (talk_event(t, kind, n))
		n++;
	return n;
}

int talk_is(const struct ebpfi_http *h, enum ebpfi_http_field field, const char *text)
{
	unsigned int length;
	const char *is = http_field_text(h, field, &length);

	return length == strlen(text) && !memcmp(is, text, length);
}

uint64_t talk_smuggling(uint64_t anomalies)
{
	return anomalies & ((1ULL << EBPFI_HTTP_SMUGGLING) - 1);
}

void talk_forget_times(struct talk *t)
{
	int i;

	for (i = 0; i < t->count; i++) {
		struct ebpfi_http *h = &t->events[i].http;

		h->event.time_ns = h->connection = h->request_time_ns = h->first_byte_ns = h->duration_ns = 0;
	}
}

int talk_readable(const struct talk *t)
{
	int i;

	for (i = 0; i < t->count; i++) {
		const struct ebpfi_http *h = &t->events[i].http;

		if (h->event.kind == EBPFI_EVENT_HTTP_BROKEN && !(h->anomalies >> EBPFI_HTTP_CUT_OFF & 1))
			return i + 1;
		if (h->event.kind == EBPFI_EVENT_HTTP_REQUEST && !h->major && h->minor == 9)
			return i + 1;
	}
	return t->count;
}
