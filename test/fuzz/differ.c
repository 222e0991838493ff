/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Fuzz target: one end's bytes go through the inspector `http` and through llhttp, in strict and in lenient mode. Where they disagree about
 * a message, ours must be marked or broken, and each message that llhttp reads must be told. The input is a byte of flags, then the bytes.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "http/record.h"
#include "http_request_check.h"
#include "inspector.h"
#include "link_type.h"
#include "native_run.h"
#include "other.h"
#include "segments.h"

enum { EVENTS = 512, TOLD = 128, ANSWERS = 40, INPUT_MAX = 16384 };

/* Flags of the input. */
enum { RESPONSES = 1, HEADS = 2, KNOWN = 4 /* the connection has spoken HTTP before */ };

/* A message as our events tell it. */
struct told {
	const struct ebpfi_http *event; /* the first about it */
	uint64_t anomalies, body;
	bool broken, has_body;
};

struct play {
	struct native_run *run;
	uint64_t now;
	int count, first, told_count; /* events before the first are about another exchange */
	struct http_record events[EVENTS];
	struct told told[TOLD];
};

static void take(void *ctx, const void *record, size_t size)
{
	struct play *p = ctx;

	if (size > sizeof(p->events[0]))
		abort();
	if (p->count == EVENTS)
		return;
	memset(&p->events[p->count], 0, sizeof(p->events[0]));
	memcpy(&p->events[p->count++], record, size);
}

static void feed(void *ctx, const void *frame, size_t size)
{
	struct play *p = ctx;
	struct pkt packet = {
		.ctx = (void *)(uintptr_t)frame, .len = (uint32_t)size, .wire_len = (uint32_t)size, .segments = 1
	};

	packet.link = LINK_ETHERNET;
	native_run_packet(p->run, &packet, p->now += 1000);
}

static void say(struct segments *s, int from, const char *text)
{
	segments_say(s, from, ACK | PSH, text, strlen(text));
}

static void talk(struct play *p, struct segments *s, int flags, const uint8_t *bytes, size_t size)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", head[] = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
	int i, responses = flags & RESPONSES;

	segments_open(s, 0x10000, 5000000);
	if (flags & KNOWN) {
		say(s, CLIENT, get);
		say(s, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
		p->first = p->count;
	}
	for (i = 0; responses && i < 20; i++)
		say(s, CLIENT, flags & HEADS ? head : get);
	segments_say(s, responses ? SERVER : CLIENT, ACK | PSH, bytes, size);
	for (i = 0; !responses && i < ANSWERS; i++)
		say(s, SERVER, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	segments_close(s);
}

static bool is_of_server(const struct ebpfi_http *h)
{
	return h->src_port == 80;
}

/* The message that an event is about. The response's event has the size of the request's body. */
static struct told *told_by(struct play *p, const struct ebpfi_http *h, int flags)
{
	int i;

	for (i = p->told_count - 1; i >= 0; i--)
		if (h->number && p->told[i].event->number == h->number)
			return &p->told[i];
	if ((is_of_server(h) && !(flags & RESPONSES)) || h->event.kind == EBPFI_EVENT_HTTP_UNANSWERED || p->told_count == TOLD)
		return NULL;
	p->told[p->told_count].event = h;
	return &p->told[p->told_count++];
}

static void collect(struct play *p, int flags)
{
	const struct ebpfi_http *h;
	struct told *one;
	int i;

	p->told_count = 0;
	memset(p->told, 0, sizeof(p->told));
	for (i = p->first; i < p->count; i++) {
		h = &p->events[i].http;
		if (h->event.kind < EBPFI_EVENT_HTTP_REQUEST || h->event.kind > EBPFI_EVENT_HTTP_BROKEN ||
		    (flags & RESPONSES && !is_of_server(h)))
			continue;
		one = told_by(p, h, flags);
		if (!one)
			continue;
		one->anomalies |= h->anomalies;
		if (h->event.kind == EBPFI_EVENT_HTTP_REQUEST)
			one->anomalies |= http_request_check(h); /* as the library does */
		one->broken |= h->event.kind == EBPFI_EVENT_HTTP_BROKEN;
		if (h->event.kind == EBPFI_EVENT_HTTP_RESPONSE) {
			one->body = flags & RESPONSES ? h->response_bytes : h->request_bytes;
			one->has_body = true;
		}
	}
}

static void play(struct play *p, int flags, const uint8_t *bytes, size_t size)
{
	const struct inspector *http = inspector_named("http");
	struct segments s = { .fn = feed, .ctx = p, .client_port = 40000, .server_port = 80 };

	p->now = p->count = p->first = 0;
	p->run = native_run_new(http->native, 0, take, p);
	if (!p->run || http->prepare(native_run_put, p->run))
		abort();
	native_run_enter(p->run);
	talk(p, &s, flags, bytes, size);
	native_run_leave(p->run);
	native_run_free(p->run);
	collect(p, flags);
}

/* A text that was cut, on either side, is compared as far as it goes. */
static bool same_text(const struct ebpfi_http *h, enum ebpfi_http_field field, const char *text, size_t size)
{
	unsigned int length;
	const char *is = http_field_text(h, field, &length);

	if (h->used[field] != size && size < UINT16_MAX)
		return false;
	if (size > OTHER_TEXT)
		size = OTHER_TEXT;
	return !memcmp(is, text, length < size ? length : size);
}

static bool same_head(const struct told *is, const struct other_message *m)
{
	if (is_of_server(is->event))
		return is->event->status == m->status;
	return same_text(is->event, EBPFI_HTTP_METHOD, m->method, m->method_size) &&
	       same_text(is->event, EBPFI_HTTP_TARGET, m->url, m->url_size);
}

static bool is_marked(const struct told *is)
{
	return is->anomalies || is->broken;
}

static const struct told *nth(const struct play *p, int n)
{
	return n < p->told_count ? &p->told[n] : NULL;
}

/*
 * Refusals of valid messages. llhttp knows only a list of methods; for us it is a token (RFC 9110 9.1). It accepts no TAB as optional whitespace
 * behind a framing field (RFC 9110 5.6.3), and no blanks around a chunk's extensions (RFC 9112 7.1.1).
 */
static bool is_too_strict(const struct other *o)
{
	return strstr(o->reason, "method") || strstr(o->reason, "Method") || strstr(o->reason, "`Transfer-Encoding`") ||
	       (o->at_blank && (strstr(o->reason, "Content-Length") || strstr(o->reason, "chunk")));
}

/* After the last message that llhttp read completely. */
static const char *compare_end(const struct play *p, const struct other *o, int n, const struct other_message *m)
{
	const struct told *is = nth(p, n);

	if (!is || is_marked(is) || o->end == OTHER_STOPPED)
		return NULL;
	if (o->end == OTHER_REFUSED && is_too_strict(o))
		return NULL;
	if (o->end == OTHER_REFUSED)
		return "llhttp refuses it, ours is clean";
	if (!m)
		return "ours is clean, llhttp has none";
	if (!m->head)
		return "ours is complete, llhttp's head is not";
	return same_head(is, m) ? NULL : "the heads differ";
}

static const char *compare_message(const struct told *is, const struct other_message *m, bool *ends)
{
	bool same;

	if (!is)
		return "not told";
	same = same_head(is, m) && (!is->has_body || is->body == m->body);
	/* After a mark that can cause smuggling, the two may read on differently. */
	*ends = is->broken || !same || is->anomalies & ((1ULL << EBPFI_HTTP_SMUGGLING) - 1);
	return same || is_marked(is) ? NULL : same_head(is, m) ? "the bodies differ" : "the heads differ";
}

/* Responses of 1xx have no event. */
static bool is_told(const struct other_message *m)
{
	return m->status < 100 || m->status >= 200 || m->status == 101;
}

static bool has_method(const struct other_message *m, const char *method)
{
	return m->method_size == strlen(method) && !memcmp(m->method, method, m->method_size);
}

/* A new connection may speak another protocol than HTTP: HTTP/0.9 has only GET, SOURCE is Icecast's, RTSP is RFC 7826. */
static bool is_other_protocol(const struct play *p, const struct other_message *m)
{
	return !p->first && !p->told_count && (has_method(m, "SOURCE") || m->is_rtsp || (m->is_old && !has_method(m, "GET")));
}

static const char *compare(const struct play *p, const struct other *o)
{
	const struct other_message *m = NULL;
	const char *wrong;
	bool ends = false;
	int i, n = 0;

	for (i = 0; i < o->count; i++) {
		m = &o->messages[i];
		if (!m->complete)
			break;
		if (!is_told(m))
			continue;
		if (is_other_protocol(p, m) || (o->end == OTHER_STOPPED && i == o->count - 1))
			return NULL;
		wrong = compare_message(nth(p, n++), m, &ends);
		if (wrong || ends)
			return wrong;
	}
	return compare_end(p, o, n, i < o->count ? m : NULL);
}

static void show(const struct play *p, const struct other *o, const struct other_how *how)
{
	char line[EBPFI_STR_MAX];
	int i;

	fprintf(stderr, "llhttp, %s: end %d %s %s\n", how->lenient ? "lenient" : "strict", o->end, o->reason,
		o->at_blank ? "(a blank)" : "");
	for (i = 0; i < o->count; i++) {
		const struct other_message *m = &o->messages[i];

		fprintf(stderr, "  %.*s %.*s status %d body %llu%s%s\n", (int)m->method_size, m->method,
			(int)(m->url_size < OTHER_TEXT ? m->url_size : OTHER_TEXT), m->url, m->status,
			(unsigned long long)m->body, m->head ? " head" : "", m->complete ? " complete" : "");
	}
	for (i = 0; i < p->count; i++)
		fprintf(stderr, "ours: %s\n", ebpfi_event_str(NULL, &p->events[i].http.event, line, sizeof(line)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play p;
	static struct other o;
	struct other_how how = { 0 };
	const char *wrong;

	if (size < 2 || size > INPUT_MAX)
		return 0;
	how.responses = data[0] & RESPONSES;
	how.head = data[0] & HEADS;
	play(&p, data[0], data + 1, size - 1);
	for (;; how.lenient = true) {
		other_read(&o, &how, data + 1, size - 1);
		wrong = compare(&p, &o);
		if (wrong) {
			fprintf(stderr, "differ: %s\n", wrong);
			show(&p, &o, &how);
			abort();
		}
		if (how.lenient || (o.end == OTHER_REFUSED && is_too_strict(&o)))
			return 0;
	}
}
