/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Sends the llhttp cases as TCP segments over an interface: the kernel and the native build give the same events. */
#include <ebpfinspect/ebpfinspect.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "llhttp.h"
#include "runner.h"
#include "segments.h"

enum { EVENTS_MAX = 4096 };

/* A record as received. */
struct event {
	struct ebpfi_http http;
	char text[2048];
};

struct events {
	int count;
	struct event list[EVENTS_MAX];
};

static struct llhttp_case *cases;
static int case_count;

/* The room after a text is undefined. */
static bool same_texts(const struct ebpfi_http *one, const struct ebpfi_http *other)
{
	unsigned int field, length, other_length;
	const char *text, *there;

	for (field = 0; field < EBPFI_HTTP_FIELDS; field++) {
		text = ebpfi_http_text(one, field, &length);
		there = ebpfi_http_text(other, field, &other_length);
		if (length != other_length || memcmp(text, there, length))
			return false;
	}
	return true;
}

/* Clears the fields that differ between runs. */
static int take(void *ctx, const struct ebpfi_event *event)
{
	struct events *to = ctx;
	struct event *copy = &to->list[to->count];
	struct ebpfi_http *h = &copy->http;

	ck_assert_int_lt(to->count, EVENTS_MAX);
	ck_assert_uint_le(event->len, sizeof(*copy));
	memcpy(copy, event, event->len);
	memset(&h->event, 0, sizeof(h->event));
	h->event.kind = event->kind;
	h->connection = h->request_time_ns = h->first_byte_ns = h->duration_ns = 0;
	to->count++;
	return 0;
}

static void send_frame(void *ctx, const void *frame, size_t size)
{
	lab_send(ctx, frame, size);
}

static void dump_frame(void *ctx, const void *frame, size_t size)
{
	struct pcap_pkthdr head = { .caplen = (bpf_u_int32)size, .len = (bpf_u_int32)size };

	pcap_dump(ctx, &head, frame);
}

/* One connection per case, in segments of a few bytes. */
static void say_case(struct segments *s, const struct llhttp_case *c, size_t each)
{
	int from = c->response ? SERVER : CLIENT;
	size_t at, part;

	segments_open(s, 1000, 9000);
	for (at = 0; at < c->size; at += part) {
		part = c->size - at < each ? c->size - at : each;
		segments_say(s, from, ACK | PSH, c->input + at, part);
	}
	segments_close(s);
}

static void say_all(segments_fn fn, void *ctx, size_t each)
{
	struct segments s = { .fn = fn, .ctx = ctx, .server_port = 80 };
	int i;

	for (i = 0; i < case_count; i++) {
		s.client_port = (uint16_t)(20000 + i);
		say_case(&s, &cases[i], each);
	}
}

static struct events *replay_all(size_t each)
{
	struct events *events = calloc(1, sizeof(*events));
	struct ebpfi *session = ebpfi_new(take, events, NULL);
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	char path[] = "/tmp/ebpfi-http-XXXXXX";
	pcap_dumper_t *dumper = pcap_dump_fopen(pcap, fdopen(mkstemp(path), "w"));

	say_all(dump_frame, dumper, each);
	pcap_dump_close(dumper);
	pcap_close(pcap);
	ck_assert_msg(!ebpfi_replay(session, "http", path, NULL), "%s", ebpfi_errmsg(session));
	remove(path);
	ebpfi_free(session);
	return events;
}

static struct events *send_all(size_t each)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC };
	struct ebpfi_load_opts load = { .sz = sizeof(load), .ring_size = 64 << 20 };
	struct events *events = calloc(1, sizeof(*events));
	struct ebpfi *session = ebpfi_new(take, events, NULL);

	lab_veth("one", "other");
	ck_assert_int_eq(ebpfi_load(session, "http", &load), 0);
	ck_assert_msg(ebpfi_attach(session, "http", "other", &opts) > 0, "%s", ebpfi_errmsg(session));
	say_all(send_frame, (void *)"one", each);
	while (ebpfi_poll(session, 100) > 0)
		;
	ebpfi_free(session);
	return events;
}

START_TEST(kernel_gives_the_events_of_a_replay)
{
	static const size_t sizes[] = { 1000000, 7 };
	struct events *native = replay_all(sizes[_i]), *kernel = send_all(sizes[_i]);
	int i;

	ck_assert_int_gt(native->count, case_count / 2);
	for (i = 0; i < native->count && i < kernel->count; i++)
		ck_assert_msg(!memcmp(&native->list[i].http, &kernel->list[i].http, sizeof(native->list[i].http)) &&
				      same_texts(&native->list[i].http, &kernel->list[i].http),
			      "event %d, port %u", i, native->list[i].http.src_port);
	ck_assert_int_eq(native->count, kernel->count);
	free(native);
	free(kernel);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { kernel_gives_the_events_of_a_replay };
	const char *corpus = getenv("EBPFI_CORPUS");
	char directory[4096];

	lab_require();
	snprintf(directory, sizeof(directory), "%s/llhttp", corpus ? corpus : "");
	case_count = corpus ? llhttp_load(directory, &cases) : 0;
	if (!case_count)
		skip_all("no corpus llhttp/ (set EBPFI_CORPUS)");
	return RUN_LOOPS("http", lab_setup, tests, 2);
}
