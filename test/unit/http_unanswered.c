/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Requests without a response: each makes one event that says why. */
#include <string.h>

#include "native_run.h"
#include "runner.h"
#include "talk.h"

enum { REQUEST = EBPFI_EVENT_HTTP_REQUEST, RESPONSE = EBPFI_EVENT_HTTP_RESPONSE, UNANSWERED = EBPFI_EVENT_HTTP_UNANSWERED };

#define GET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static struct talk *t;

static void setup(void)
{
	t = talk_new(0);
	talk_complete(t);
	talk_open(t);
}

/* The n-th event is the request of this target. */
static void is_unanswered(int n, const char *target, unsigned int reason)
{
	const struct ebpfi_http *h = talk_event(t, UNANSWERED, n);

	ck_assert_ptr_nonnull(h);
	ck_assert(talk_is(h, EBPFI_HTTP_TARGET, target));
	ck_assert(talk_is(h, EBPFI_HTTP_METHOD, "GET"));
	ck_assert_uint_eq(h->reason, reason);
	ck_assert_uint_eq(h->src_port, 40000);
	ck_assert_uint_eq(h->dst_port, 80);
	ck_assert_uint_gt(h->duration_ns, 0);
	ck_assert_uint_eq(h->status, 0);
}

static void is_one(const char *target, unsigned int reason)
{
	is_unanswered(0, target, reason);
	talk_end(t);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 1);
}

START_TEST(close_leaves_requests_unanswered)
{
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, CLIENT, GET("/3"));
	talk_say(t, SERVER, OK);
	segments_close(&t->to);
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	is_unanswered(0, "/2", EBPFI_HTTP_REASON_CLOSED);
	is_unanswered(1, "/3", EBPFI_HTTP_REASON_CLOSED);
	talk_end(t);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 2);
}
END_TEST

START_TEST(response_until_the_close_answers_its_request)
{
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, "HTTP/1.0 200 OK\r\n\r\nbody");
	segments_close(&t->to);
	talk_end(t);
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 0);
}
END_TEST

START_TEST(reset_by_the_server_leaves_a_request_unanswered)
{
	talk_say(t, CLIENT, GET("/"));
	segments_raw(&t->to, SERVER, RST | ACK, t->to.next[SERVER], "", 0);
	is_one("/", EBPFI_HTTP_REASON_SERVER_RESET);
}
END_TEST

START_TEST(reset_by_the_client_leaves_a_request_unanswered)
{
	talk_say(t, CLIENT, GET("/"));
	segments_raw(&t->to, CLIENT, RST | ACK, t->to.next[CLIENT], "", 0);
	is_one("/", EBPFI_HTTP_REASON_CLIENT_RESET);
}
END_TEST

START_TEST(response_that_is_reset_answers_its_request)
{
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234");
	segments_raw(&t->to, SERVER, RST | ACK, t->to.next[SERVER], "", 0);
	talk_end(t);
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 0);
}
END_TEST

START_TEST(new_connection_on_the_ports_leaves_a_request_unanswered)
{
	talk_say(t, CLIENT, GET("/"));
	segments_open(&t->to, 77, 88);
	is_one("/", EBPFI_HTTP_REASON_REPLACED);
}
END_TEST

START_TEST(end_of_the_capture_tells_a_waiting_request)
{
	talk_say(t, CLIENT, GET("/"));
	ck_assert_int_eq(talk_count(t, UNANSWERED), 0);
	talk_end(t);
	is_one("/", EBPFI_HTTP_REASON_STOPPED);
}
END_TEST

START_TEST(server_that_was_not_seen_is_told_at_the_end)
{
	t->to.client_port++; /* a connection whose handshake was not seen */
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, CLIENT, GET("/2"));
	talk_end(t);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 2);
	ck_assert_uint_eq(talk_event(t, UNANSWERED, 0)->reason, EBPFI_HTTP_REASON_ONE_WAY);
	ck_assert_uint_eq(talk_event(t, UNANSWERED, 1)->reason, EBPFI_HTTP_REASON_ONE_WAY);
}
END_TEST

/* The segment with the first response is lost: the second may be the answer to either. */
START_TEST(uncertain_pairing_tells_each_request_once)
{
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, CLIENT, GET("/2"));
	t->to.next[SERVER] += 50;
	talk_say(t, SERVER, OK);
	segments_close(&t->to);
	talk_end(t);
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 2);
	ck_assert_uint_eq(talk_event(t, UNANSWERED, 0)->reason, EBPFI_HTTP_REASON_UNCERTAIN);
	ck_assert_uint_eq(talk_event(t, UNANSWERED, 1)->reason, EBPFI_HTTP_REASON_UNCERTAIN);
}
END_TEST

START_TEST(response_that_is_arriving_at_the_end_is_open)
{
	const struct ebpfi_http *h;

	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, "HTTP/1.1 206 X\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
	talk_say(t, SERVER, "5\r\nhello\r\n");
	talk_end(t);
	ck_assert_int_eq(talk_count(t, EBPFI_EVENT_HTTP_OPEN), 1);
	h = talk_event(t, EBPFI_EVENT_HTTP_OPEN, 0);
	ck_assert_uint_eq(h->status, 206);
	ck_assert_uint_eq(h->response_bytes, 5);
	ck_assert_uint_eq(h->number, 1);
	ck_assert_uint_eq(h->dst_port, 40000);
	ck_assert_uint_gt(h->first_byte_ns, 0);
	ck_assert_uint_gt(h->duration_ns, h->first_byte_ns);
	ck_assert(talk_is(h, EBPFI_HTTP_TARGET, "/1"));
	ck_assert(talk_is(h, EBPFI_HTTP_CONTENT_TYPE, "text/event-stream"));
	ck_assert_int_eq(talk_count(t, UNANSWERED), 1);
	is_unanswered(0, "/2", EBPFI_HTTP_REASON_STOPPED);
}
END_TEST

START_TEST(head_that_is_arriving_at_the_end_is_open)
{
	talk_say(t, CLIENT, "GET /1 HTTP/1.1\r\nHost: a");
	talk_end(t);
	ck_assert_int_eq(talk_count(t, EBPFI_EVENT_HTTP_OPEN), 1);
	ck_assert(talk_is(talk_event(t, EBPFI_EVENT_HTTP_OPEN, 0), EBPFI_HTTP_METHOD, "GET"));
	ck_assert_uint_eq(talk_event(t, EBPFI_EVENT_HTTP_OPEN, 0)->status, 0);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 0);
}
END_TEST

START_TEST(head_of_a_response_makes_an_event_if_it_is_asked_for)
{
	const uint32_t on = 1;
	int asked;

	for (asked = 0; asked < 2; asked++) {
		native_run_leave(t->run);
		ck_assert_int_eq(native_run_set(t->run, "heads", asked ? &on : &(uint32_t){ 0 }, sizeof(on)), 0);
		native_run_enter(t->run);
		talk_open(t);
		talk_say(t, CLIENT, GET("/1"));
		talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
		ck_assert_int_eq(talk_count(t, EBPFI_EVENT_HTTP_HEAD), asked);
		talk_say(t, SERVER, "67890");
		ck_assert_int_eq(talk_count(t, EBPFI_EVENT_HTTP_HEAD), asked);
		ck_assert_int_eq(talk_count(t, RESPONSE), 1);
		ck_assert(talk_is(talk_event(t, RESPONSE, 0), EBPFI_HTTP_TARGET, "/1"));
	}
	ck_assert(talk_is(talk_event(t, EBPFI_EVENT_HTTP_HEAD, 0), EBPFI_HTTP_TARGET, "/1"));
	ck_assert_uint_gt(talk_event(t, EBPFI_EVENT_HTTP_HEAD, 0)->first_byte_ns, 0);
}
END_TEST

START_TEST(tunnel_is_the_answer_to_connect)
{
	talk_say(t, CLIENT, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\n\r\n");
	talk_say(t, CLIENT, "\x16\x03\x01");
	segments_close(&t->to);
	talk_end(t);
	ck_assert_int_eq(talk_count(t, UNANSWERED), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close_leaves_requests_unanswered,
		response_until_the_close_answers_its_request,
		reset_by_the_server_leaves_a_request_unanswered,
		reset_by_the_client_leaves_a_request_unanswered,
		response_that_is_reset_answers_its_request,
		new_connection_on_the_ports_leaves_a_request_unanswered,
		end_of_the_capture_tells_a_waiting_request,
		server_that_was_not_seen_is_told_at_the_end,
		uncertain_pairing_tells_each_request_once,
		response_that_is_arriving_at_the_end_is_open,
		head_that_is_arriving_at_the_end_is_open,
		head_of_a_response_makes_an_event_if_it_is_asked_for,
		tunnel_is_the_answer_to_connect,
	};

	return RUN_TESTS("http_unanswered", setup, tests);
}
