/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Fuzz target: two ends talk through the inspector `http`, in one segment per turn, then cut as the input says. The events must be equal.
 * The input is struct fuzz_cuts, then the bytes; FUZZ_TURN switches to the other end.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/http2_piece.h"
#include "http/record.h"
#include "inspector.h"
#include "link_type.h"
#include "native_run.h"
#include "segments.h"

enum { EVENTS = 256, INPUT_MAX = 16384 };

struct play {
	struct native_run *run;
	uint64_t now;
	int count;
	struct http_record events[EVENTS];
};

struct input {
	struct fuzz_cuts cuts;
	const uint8_t *bytes;
	size_t size;
	const uint8_t *is_cut; /* whether a segment ends before this byte */
};

/* HTTP/2 pieces depend on the segments, so they are not compared here; unit_http2_walk tests them. */
static void take(void *ctx, const void *record, size_t size)
{
	const struct ebpfi_event *event = record;
	struct play *p = ctx;

	if (event->kind == HTTP2_PIECE)
		return;
	if (size > sizeof(p->events[0]))
		abort();
	if (p->count == EVENTS)
		return;
	memset(&p->events[p->count], 0, sizeof(p->events[0]));
	memcpy(&p->events[p->count++], record, size);
}

/* The memory ends with the frame, so that a read past it is reported. */
static void feed(void *ctx, const void *frame, size_t size)
{
	struct play *p = ctx;
	void *copy = malloc(size);
	struct pkt packet = { .ctx = copy, .len = (uint32_t)size, .wire_len = (uint32_t)size, .segments = 1 };

	if (!copy)
		abort();
	packet.link = LINK_ETHERNET;
	memcpy(copy, frame, size);
	native_run_packet(p->run, &packet, p->now += 1000);
	free(copy);
}

static void say(struct segments *s, const struct input *in, int from, size_t start, size_t end)
{
	int times = in->is_cut && in->cuts.flags & FUZZ_TWICE ? 2 : 1;
	uint32_t seq = s->next[from];

	while (times--)
		segments_raw(s, from, ACK | PSH, seq, in->bytes + start, end - start);
	s->next[from] = seq + (uint32_t)(end - start);
}

/* Sends the bytes of each turn in segments. */
static void talk(struct segments *s, const struct input *in)
{
	int from = in->cuts.flags & FUZZ_SERVER_FIRST ? SERVER : CLIENT;
	size_t at, start = 0;

	for (at = 0; at <= in->size; at++) {
		bool turn = at < in->size && in->bytes[at] == FUZZ_TURN;

		if (at < in->size && !turn && !(in->is_cut && in->is_cut[at]))
			continue;
		if (at > start)
			say(s, in, from, start, at);
		start = at + turn;
		from = turn ? !from : from;
	}
}

/*
 * Sends one exchange first. Before a connection is known to be HTTP, unreadable bytes are not reported, and a message may begin at any
 * segment.
 */
static void begin(struct segments *s)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", response[] = "HTTP/1.1 204 No Content\r\n\r\n";

	segments_open(s, 0xffffffd0, 5000000); /* the client's numbers wrap */
	segments_say(s, CLIENT, ACK | PSH, request, sizeof(request) - 1);
	segments_say(s, SERVER, ACK | PSH, response, sizeof(response) - 1);
}

static void play(struct play *p, const struct input *in)
{
	const struct inspector *http = inspector_named("http");
	struct segments s = { .fn = feed, .ctx = p, .client_port = 40000, .server_port = 80 };

	p->now = 0;
	p->count = 0;
	p->run = native_run_new(http->native, 0, take, p);
	if (!p->run || http->prepare(native_run_put, p->run))
		abort();
	native_run_enter(p->run);
	begin(&s);
	talk(&s, in);
	segments_close(&s);
	native_run_leave(p->run);
	native_run_free(p->run);
}

/* A connection's identifier depends on the time too. */
static void forget_times(struct play *p)
{
	int i;

	for (i = 0; i < p->count; i++) {
		struct ebpfi_http *h = &p->events[i].http;

		h->event.time_ns = h->connection = h->request_time_ns = h->first_byte_ns = h->duration_ns = 0;
	}
}

static bool has(const struct ebpfi_http *h, int anomaly)
{
	return h->anomalies >> anomaly & 1;
}

/* After unreadable bytes, a message may begin at any segment, so the cuts change the events. */
static bool is_comparable(const struct play *p, int i)
{
	return i >= p->count || !has(&p->events[i].http, EBPFI_HTTP_MIDSTREAM);
}

static bool ends_comparison(const struct ebpfi_http *h)
{
	return (h->event.kind == EBPFI_EVENT_HTTP_BROKEN && !has(h, EBPFI_HTTP_CUT_OFF)) || (!h->major && h->minor == 9);
}

/* The room after a text is undefined. */
static bool same_texts(const struct ebpfi_http *one, const struct ebpfi_http *other)
{
	unsigned int field, length;
	const char *text;

	for (field = 0; field < EBPFI_HTTP_FIELDS; field++) {
		text = http_field_text(one, (enum ebpfi_http_field)field, &length);
		if (memcmp(text, http_field_text(other, (enum ebpfi_http_field)field, &length), length))
			return false;
	}
	return true;
}

static bool is_same(const struct play *one, const struct play *other, int i)
{
	return i < one->count && i < other->count &&
	       !memcmp(&one->events[i].http, &other->events[i].http, sizeof(struct ebpfi_http)) &&
	       same_texts(&one->events[i].http, &other->events[i].http);
}

static void show(const char *what, const struct play *p)
{
	char line[EBPFI_STR_MAX];
	int i;

	for (i = 0; i < p->count; i++)
		fprintf(stderr, "%s: %s\n", what, ebpfi_event_str(NULL, &p->events[i].http.event, line, sizeof(line)));
}

static void compare(const struct play *whole, const struct play *cut)
{
	int i;

	for (i = 0; i < whole->count || i < cut->count; i++) {
		if (!is_comparable(whole, i) || !is_comparable(cut, i))
			return;
		if (!is_same(whole, cut, i)) {
			show("whole", whole);
			show("cut", cut);
			abort();
		}
		if (ends_comparison(&whole->events[i].http))
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play whole, cut;
	static uint8_t is_cut[INPUT_MAX];
	struct input in = { 0 };
	int i;

	if (size <= sizeof(in.cuts) || size > INPUT_MAX)
		return 0;
	memcpy(&in.cuts, data, sizeof(in.cuts));
	in.bytes = data + sizeof(in.cuts);
	in.size = size - sizeof(in.cuts);
	play(&whole, &in);
	memset(is_cut, in.cuts.flags & FUZZ_EVERYWHERE ? 1 : 0, in.size);
	for (i = 0; i < FUZZ_CUTS; i++)
		is_cut[in.cuts.at[i] % in.size] = 1;
	in.is_cut = is_cut;
	play(&cut, &in);
	forget_times(&whole);
	forget_times(&cut);
	compare(&whole, &cut);
	return 0;
}
