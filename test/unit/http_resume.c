/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Requests that are cut between segments: their text is stored, and an event is marked if the text was lost. */
#include <ebpfinspect/event.h>
#include <stdio.h>
#include <string.h>

#include "native_run.h"
#include "runner.h"
#include "talk.h"

#define A(name) (1ULL << EBPFI_HTTP_##name)
#define HEAD "POST /long/path HTTP/1.1\r\nHost: example\r\nUser-Agent: agent\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

enum { REQUEST = EBPFI_EVENT_HTTP_REQUEST, RESPONSE = EBPFI_EVENT_HTTP_RESPONSE, BROKEN = EBPFI_EVENT_HTTP_BROKEN };
enum { CUT_REQUESTS = 2048 };

static struct talk *t;

static void begin(void)
{
	t = talk_new(0);
	talk_open(t);
}

/* Whether the map `texts` has an entry of this client's direction. */
static int has_text(uint16_t client_port)
{
	struct {
		uint8_t address[2][16];
		uint16_t port[2];
		uint32_t direction;
	} key = { .port = { client_port, 80 } };
	int end;

	for (end = 0; end < 2; end++) {
		memset(key.address[end] + 10, 0xff, 2);
		memcpy(key.address[end] + 12, "\x0a\0\0", 3);
		key.address[end][15] = end ? 2 : 1;
	}
	return native_run_lookup(t->run, "texts", &key) != NULL;
}

/* Opens `count` connections whose client sends a part of a request. */
static void cut_others(int count)
{
	uint16_t port = t->to.client_port;
	uint32_t client = t->to.next[CLIENT], server = t->to.next[SERVER];
	int i;

	for (i = 1; i <= count; i++) {
		t->to.client_port = (uint16_t)(port + i);
		segments_open(&t->to, 1, 2);
		talk_say(t, CLIENT, HEAD);
	}
	t->to.client_port = port;
	t->to.next[CLIENT] = client;
	t->to.next[SERVER] = server;
}

static void check_text(const struct ebpfi_http *event)
{
	ck_assert_ptr_nonnull(event);
	ck_assert(talk_is(event, EBPFI_HTTP_METHOD, "POST"));
	ck_assert(talk_is(event, EBPFI_HTTP_TARGET, "/long/path"));
	ck_assert(talk_is(event, EBPFI_HTTP_HOST, "example"));
	ck_assert(talk_is(event, EBPFI_HTTP_USER_AGENT, "agent"));
	ck_assert_uint_eq(event->anomalies & A(TEXT_LOST), 0);
}

static void check_without_text(const struct ebpfi_http *event)
{
	ck_assert_ptr_nonnull(event);
	ck_assert(talk_is(event, EBPFI_HTTP_METHOD, "POST"));
	ck_assert(talk_is(event, EBPFI_HTTP_TARGET, ""));
	ck_assert(talk_is(event, EBPFI_HTTP_HOST, ""));
	ck_assert(talk_is(event, EBPFI_HTTP_USER_AGENT, ""));
	ck_assert_uint_eq(event->anomalies & A(TEXT_LOST), A(TEXT_LOST));
}

static uint64_t cut_of(const struct talk *talk)
{
	const struct ebpfi_ledger *ledger = native_run_lookup(talk->run, "ledger", &(uint32_t){ 0 });

	return ledger->cut;
}

START_TEST(text_of_a_cut_head_survives_other_connections)
{
	begin();
	talk_say(t, CLIENT, HEAD);
	cut_others(CUT_REQUESTS - 1);
	talk_say(t, CLIENT, "\r\n");
	check_text(talk_event(t, REQUEST, 0));
	ck_assert_uint_eq(cut_of(t), 0);
	talk_free(t);
}
END_TEST

START_TEST(request_whose_text_was_evicted_is_marked_and_counted)
{
	begin();
	talk_say(t, CLIENT, HEAD);
	cut_others(CUT_REQUESTS);
	talk_say(t, CLIENT, "Connection: close\r\n");
	talk_say(t, CLIENT, "\r\n");
	check_without_text(talk_event(t, REQUEST, 0));
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->number, 1);
	ck_assert_uint_eq(cut_of(t), 1);
	talk_say(t, SERVER, OK);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 1);
	talk_say(t, CLIENT, HEAD "\r\n");
	check_text(talk_event(t, REQUEST, 1));
	talk_free(t);
}
END_TEST

START_TEST(broken_body_is_reported_with_its_request_text)
{
	begin();
	talk_say(t, CLIENT, HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nab");
	talk_say(t, CLIENT, "c\n0\r\n\r\n");
	check_text(talk_event(t, BROKEN, 0));
	talk_free(t);
}
END_TEST

START_TEST(broken_body_whose_text_was_evicted_is_marked)
{
	begin();
	talk_say(t, CLIENT, HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nab");
	cut_others(CUT_REQUESTS);
	talk_say(t, CLIENT, "c\n0\r\n\r\n");
	check_text(talk_event(t, REQUEST, 0));
	check_without_text(talk_event(t, BROKEN, 0));
	ck_assert_uint_eq(cut_of(t), 1);
	talk_free(t);
}
END_TEST

START_TEST(text_leaves_the_map_when_the_request_ends)
{
	begin();
	talk_say(t, CLIENT, HEAD);
	ck_assert(has_text(40000));
	talk_say(t, CLIENT, "Content-Length: 3\r\n\r\nab");
	ck_assert(has_text(40000));
	talk_say(t, CLIENT, "c");
	ck_assert(!has_text(40000));
	talk_say(t, CLIENT, HEAD "\r\n");
	ck_assert(!has_text(40000));
	talk_say(t, CLIENT, HEAD);
	ck_assert(has_text(40000));
	segments_say(&t->to, SERVER, RST, NULL, 0);
	ck_assert(!has_text(40000));
	talk_free(t);
}
END_TEST

/* Sends one byte in turn in both directions of two connections. */
START_TEST(texts_of_interleaved_connections_are_not_mixed)
{
	static const char *const targets[] = { "/one", "/two-is-longer" };
	char requests[2][256];
	uint32_t seq[2] = { 1000, 5000 };
	size_t at;
	int i;

	begin();
	for (i = 0; i < 2; i++)
		snprintf(requests[i], sizeof(requests[i]), "GET %s HTTP/1.1\r\nHost: a%d\r\nX: y\r\n\r\n", targets[i], i);
	for (at = 0; at < strlen(requests[1]); at++)
		for (i = 0; i < 2; i++) {
			t->to.client_port = (uint16_t)(50000 + i);
			if (!at)
				segments_open(&t->to, seq[i] - 1, 77);
			if (at < strlen(requests[i]))
				segments_raw(&t->to, CLIENT, ACK | PSH, seq[i]++, &requests[i][at], 1);
		}
	ck_assert_int_eq(t->count, 2);
	for (i = 0; i < 2; i++)
		ck_assert(talk_is(talk_event(t, REQUEST, i), EBPFI_HTTP_TARGET, targets[i]));
	talk_free(t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		text_of_a_cut_head_survives_other_connections, request_whose_text_was_evicted_is_marked_and_counted,
		broken_body_is_reported_with_its_request_text, broken_body_whose_text_was_evicted_is_marked,
		text_leaves_the_map_when_the_request_ends,     texts_of_interleaved_connections_are_not_mixed,
	};

	return RUN_TESTS("resume", NULL, tests);
}
