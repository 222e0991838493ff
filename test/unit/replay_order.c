/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP in captures whose segments were recorded in the wrong order. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>

#include "recorded.h"

enum { EVENTS = 32 };

#define ORDER(...) (const unsigned int[]){ __VA_ARGS__ }, sizeof((unsigned int[]){ __VA_ARGS__ }) / sizeof(unsigned int)

static struct events {
	struct ebpfi_http http[EVENTS];
	char text[EVENTS][EBPFI_JSON_MAX];
	unsigned int count;
} events;

static struct ebpfi *s;
static struct ebpfi_replay_info info = { .sz = sizeof(info) };

static int keep(void *ctx, const struct ebpfi_event *event)
{
	(void)ctx;
	if (event->kind == EBPFI_EVENT_PACKET) {
		events.count++;
		return 0;
	}
	ck_assert_uint_lt(events.count, EVENTS);
	events.http[events.count] = *(const struct ebpfi_http *)event;
	ebpfi_event_json(s, event, events.text[events.count++], EBPFI_JSON_MAX);
	return 0;
}

static void setup(void)
{
	s = ebpfi_new(keep, NULL, NULL);
	ck_assert_ptr_nonnull(s);
}

static void replay(const char *inspector, const unsigned int *order, unsigned int count)
{
	events.count = 0;
	ck_assert_msg(!ebpfi_replay(s, inspector, recorded_capture(order, count), NULL), "%s", ebpfi_errmsg(s));
	ck_assert_int_eq(ebpfi_replay_info(s, &info), 0);
	ck_assert_uint_eq(info.packets, count);
}

static void say(struct segments *to, int from, const char *text)
{
	segments_say(to, from, ACK | PSH, text, strlen(text));
}

/* 0, 1, 2: handshake; 3, 4: a request in two segments; 5: its response; 6: plain ACK; 7, 8: another request, another response. */
static void record(void)
{
	struct segments to = recorded_conversation();

	segments_open(&to, 1000, 5000);
	say(&to, CLIENT, "GET /first HTTP/1.1\r\nHost: a\r\nX: ");
	say(&to, CLIENT, "1\r\n\r\n");
	say(&to, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	segments_say(&to, CLIENT, ACK, NULL, 0);
	say(&to, CLIENT, "GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
	say(&to, SERVER, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
}

static void check_event(unsigned int i, int kind, uint32_t number, uint32_t status)
{
	ck_assert_int_eq(events.http[i].event.kind, kind);
	ck_assert_uint_eq(events.http[i].number, number);
	ck_assert_uint_eq(events.http[i].status, status);
	ck_assert_uint_eq(events.http[i].anomalies, 0);
}

static void check_both(uint64_t reordered)
{
	ck_assert_uint_eq(events.count, 4);
	check_event(0, EBPFI_EVENT_HTTP_REQUEST, 1, 0);
	check_event(1, EBPFI_EVENT_HTTP_RESPONSE, 1, 200);
	check_event(2, EBPFI_EVENT_HTTP_REQUEST, 2, 0);
	check_event(3, EBPFI_EVENT_HTTP_RESPONSE, 2, 404);
	ck_assert_uint_eq(info.reordered, reordered);
}

START_TEST(swapped_segments_of_a_request_are_both_read)
{
	record();
	replay("http", ORDER(0, 1, 2, 3, 4, 5, 6, 7, 8));
	check_both(0);
	replay("http", ORDER(0, 1, 2, 4, 3, 5, 6, 7, 8));
	check_both(1);
}
END_TEST

START_TEST(response_recorded_before_its_request_is_paired)
{
	record();
	replay("http", ORDER(0, 1, 2, 5, 3, 4, 6, 8, 7));
	check_both(2);
}
END_TEST

START_TEST(server_recorded_before_the_client_is_paired)
{
	record();
	replay("http", ORDER(1, 5, 8, 0, 2, 3, 4, 6, 7));
	check_both(3);
}
END_TEST

START_TEST(duration_does_not_wrap_if_the_response_has_an_earlier_time)
{
	struct bytes ack;

	record();
	ack = recorded.frame[2];
	recorded.frame[2] = recorded.frame[5]; /* the response has the time of the handshake */
	recorded.frame[5] = ack;
	replay("http", ORDER(0, 1, 2, 3, 4, 6, 7, 8));
	check_both(1);
	ck_assert_uint_eq(events.http[1].duration_ns, 0);
	ck_assert_uint_eq(events.http[1].first_byte_ns, 0);
	ck_assert_uint_lt(events.http[3].duration_ns, 1000000);
}
END_TEST

START_TEST(lost_segment_is_told_as_a_gap_after_the_window)
{
	record();
	replay("http", ORDER(0, 1, 2, 4, 5, 6, 7, 8));
	ck_assert_uint_eq(info.reordered, 0);
	ck_assert_uint_ge(events.count, 2);
	ck_assert(strstr(events.text[0], "gap") || strstr(events.text[0], "unpaired"));
	ck_assert_ptr_nonnull(strstr(events.text[events.count - 1], "/second"));
	ck_assert_uint_eq(events.http[events.count - 1].status, 404);
}
END_TEST

START_TEST(packets_are_told_in_the_order_of_the_capture)
{
	record();
	replay("packet", ORDER(0, 1, 2, 5, 4, 3, 6, 8, 7));
	ck_assert_uint_eq(events.count, 9);
	ck_assert_uint_eq(info.reordered, 0);
}
END_TEST

START_TEST(corrupt_capture_gives_what_waits_before_its_error)
{
	static const unsigned int order[] = { 0, 1, 2, 3, 5, 4 };
	struct bytes b = { 0 };
	unsigned int i;

	record();
	pcap_begin(&b, 1);
	for (i = 0; i < 6; i++)
		pcap_add(&b, 1000000 + i, recorded.frame[order[i]].at, (uint32_t)recorded.frame[order[i]].size);
	events.count = 0;
	ck_assert_int_eq(ebpfi_replay(s, "http", file_of(&b, b.size - 1), NULL), -EBADMSG);
	free(b.at);
	ck_assert_uint_ge(events.count, 1);
	ck_assert_uint_eq(events.http[0].status, 200);
}
END_TEST

static int stop(void *ctx, const struct ebpfi_event *event)
{
	(void)event;
	++*(int *)ctx;
	return 1;
}

START_TEST(host_that_stops_gets_no_more_of_what_waited)
{
	int calls = 0;

	record();
	ebpfi_free(s);
	s = ebpfi_new(stop, &calls, NULL);
	ck_assert_int_eq(ebpfi_replay(s, "http", recorded_capture(ORDER(0, 1, 2, 8, 7, 5, 4, 3)), NULL), -ECANCELED);
	ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(waiting_segments_are_delivered_before_a_pause_of_the_capture)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .speed = 100 };
	static const unsigned int order[] = { 0, 1, 2, 3, 5 };
	struct bytes b = { 0 };
	unsigned int i;
	int calls = 0;

	record();
	ebpfi_free(s);
	s = ebpfi_new(stop, &calls, NULL);
	pcap_begin(&b, 1);
	for (i = 0; i < 5; i++)
		pcap_add(&b, 1000000 + i, recorded.frame[order[i]].at, (uint32_t)recorded.frame[order[i]].size);
	pcap_add(&b, 3600000000, recorded.frame[2].at, (uint32_t)recorded.frame[2].size);
	ck_assert_int_eq(ebpfi_replay(s, "http", file_of(&b, b.size), &opts), -ECANCELED);
	free(b.at);
	ck_assert_int_eq(calls, 1);
}
END_TEST

/* Many messages of several segments, then both ends close. */
static void record_long(void)
{
	struct segments to = recorded_conversation();
	char text[100];
	int i;

	segments_open(&to, 0xfffffe00, 0xffffff00);
	for (i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n", i);
		say(&to, CLIENT, text);
		say(&to, CLIENT, "X: y\r\n\r\nabc");
		say(&to, CLIENT, "def");
		snprintf(text, sizeof(text), "HTTP/1.1 %d OK\r\nContent-Length: 8\r\n\r\n", 400 + i);
		say(&to, SERVER, text);
		say(&to, SERVER, "1234");
		say(&to, SERVER, "5678");
		segments_say(&to, CLIENT, ACK, NULL, 0);
	}
	segments_close(&to);
}

static uint32_t next_random(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33);
}

/* Exchanges frames that are at most `far` apart. The handshake, which teaches the numbers, keeps its order. */
static void shuffle(unsigned int *order, unsigned int count, unsigned int far)
{
	unsigned int i, j, kept;

	for (i = 0; i < count; i++)
		order[i] = i;
	for (i = 3; i + far < count; i++) {
		j = i + next_random() % far;
		kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
}

START_TEST(shuffled_conversation_gives_the_same_events)
{
	unsigned int order[RECORDED_MAX], round, i;
	static struct events expected;

	record_long();
	shuffle(order, recorded.count, 1);
	replay("http", order, recorded.count);
	ck_assert_uint_eq(events.count, 12);
	expected = events;
	for (round = 0; round < 300; round++) {
		shuffle(order, recorded.count, 2 + round % 12);
		replay("http", order, recorded.count);
		ck_assert_uint_eq(events.count, expected.count);
		ck_assert_uint_gt(info.reordered, 0);
		for (i = 0; i < events.count; i++)
			ck_assert_str_eq(events.text[i], expected.text[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		swapped_segments_of_a_request_are_both_read,
		response_recorded_before_its_request_is_paired,
		server_recorded_before_the_client_is_paired,
		duration_does_not_wrap_if_the_response_has_an_earlier_time,
		lost_segment_is_told_as_a_gap_after_the_window,
		packets_are_told_in_the_order_of_the_capture,
		corrupt_capture_gives_what_waits_before_its_error,
		host_that_stops_gets_no_more_of_what_waited,
		waiting_segments_are_delivered_before_a_pause_of_the_capture,
		shuffled_conversation_gives_the_same_events,
	};

	return RUN_TESTS("replay_order", setup, tests);
}
