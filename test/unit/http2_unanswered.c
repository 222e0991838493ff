/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP/2 requests without a response, responses without an end, and late frames. */
#include "http2_conversation.h"

enum { ENDS = HTTP2_END_STREAM | HTTP2_END_HEADERS };

static void expect_unanswered(int event, uint32_t number, enum ebpfi_http_reason reason)
{
	const struct ebpfi_http *e = &events[event].http;

	ck_assert_int_gt(event_count, event);
	ck_assert_uint_eq(e->event.kind, EBPFI_EVENT_HTTP_UNANSWERED);
	ck_assert_uint_eq(e->number, number);
	ck_assert_uint_eq(e->reason, reason);
	ck_assert_uint_eq(e->src_port, 1000);
	ck_assert_uint_eq(e->status, 0);
	ck_assert_uint_gt(e->duration_ns, 0);
	ck_assert_uint_eq(e->event.time_ns, e->request_time_ns + e->duration_ns);
}

static void request_and_settings(void)
{
	open_connection();
	first_request();
	feed_both();
	ck_assert_int_eq(event_count, 1);
}

static const struct {
	uint16_t flags;
	enum ebpfi_http_reason reason;
} ends[] = {
	{ HTTP2_CLOSED, EBPFI_HTTP_REASON_CLOSED },
	{ HTTP2_CLOSED | HTTP2_GONE, EBPFI_HTTP_REASON_CLOSED },
	{ HTTP2_CLOSED | HTTP2_GONE | HTTP2_ABORTED, EBPFI_HTTP_REASON_SERVER_RESET },
	{ HTTP2_CLOSED | HTTP2_GONE | HTTP2_ABORTED | HTTP2_TO_SERVER, EBPFI_HTTP_REASON_CLIENT_RESET },
	{ HTTP2_CLOSED | HTTP2_GONE | HTTP2_REPLACED | HTTP2_TO_SERVER, EBPFI_HTTP_REASON_REPLACED },
};

START_TEST(request_of_a_connection_that_ends_is_unanswered)
{
	const struct bytes *from = ends[_i].flags & HTTP2_TO_SERVER ? &client : &server;

	request_and_settings();
	feed_piece(7, ends[_i].flags, from->size, NULL, 0);
	ck_assert_int_eq(event_count, 2);
	expect_unanswered(1, 1, ends[_i].reason);
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_HOST), "www.example.com");
	ck_assert_uint_eq(events[1].http.one_way, 0);
}
END_TEST

START_TEST(client_that_closes_may_still_get_its_response)
{
	request_and_settings();
	feed_piece(7, HTTP2_TO_SERVER | HTTP2_CLOSED, client.size, NULL, 0);
	ck_assert_int_eq(event_count, 1);
	put_frame(&server, HTTP2_HEADERS, ENDS, 1, BYTES(0x88));
	feed(&server, server.size - 10, server.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_uint_eq(events[1].http.anomalies, 0);
}
END_TEST

START_TEST(end_tells_what_is_open)
{
	open_connection();
	first_request();
	second_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88));
	put_frame(&server, HTTP2_DATA, 0, 1, TEXT("data"));
	feed_both();
	ck_assert_uint_eq(http2_tick(h2, 5000, conversation_emit, NULL), 0);
	ck_assert_int_eq(event_count, 2);
	http2_tick(h2, UINT64_MAX, conversation_emit, NULL);
	ck_assert_int_eq(event_count, 4);
	ck_assert_uint_eq(events[2].http.event.kind, EBPFI_EVENT_HTTP_OPEN);
	ck_assert_uint_eq(events[2].http.event.time_ns, 5000);
	ck_assert_uint_eq(events[2].http.number, 1);
	ck_assert_uint_eq(events[2].http.status, 200);
	ck_assert_uint_eq(events[2].http.response_bytes, 4);
	ck_assert_uint_eq(events[2].http.src_port, 80);
	ck_assert_uint_eq(events[2].http.anomalies, 0);
	expect_unanswered(3, 3, EBPFI_HTTP_REASON_STOPPED);
	http2_tick(h2, UINT64_MAX, conversation_emit, NULL);
	ck_assert_int_eq(event_count, 4);
}
END_TEST

START_TEST(request_of_one_direction_says_so)
{
	open_connection();
	first_request();
	feed(&client, 0, client.size);
	ck_assert_uint_eq(events[0].http.one_way, 1);
	http2_tick(h2, 9000, conversation_emit, NULL);
	http2_tick(h2, UINT64_MAX, conversation_emit, NULL);
	expect_unanswered(1, 1, EBPFI_HTTP_REASON_ONE_WAY);
	ck_assert_uint_eq(events[1].http.one_way, 1);
}
END_TEST

/* The server serves the first of three requests. */
START_TEST(goaway_gives_up_later_streams)
{
	open_connection();
	first_request();
	second_request();
	third_request();
	put_frame(&server, HTTP2_GOAWAY, 0, 0, BYTES(0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0));
	put_frame(&server, HTTP2_GOAWAY, 0, 0, BYTES(0, 0, 0, 1, 0, 0, 0, 0, 'd', 'e', 'b', 'u', 'g'));
	put_frame(&server, HTTP2_HEADERS, ENDS, 1, BYTES(0x88));
	feed_both();
	ck_assert_int_eq(event_count, 6);
	expect_unanswered(3, 5, EBPFI_HTTP_REASON_STREAM_RESET);
	expect_unanswered(4, 3, EBPFI_HTTP_REASON_STREAM_RESET);
	ck_assert(!has(4, EBPFI_HTTP_RESET));
	ck_assert_uint_eq(events[5].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
}
END_TEST

START_TEST(goaway_of_the_client_gives_nothing_up)
{
	open_connection();
	first_request();
	put_frame(&client, HTTP2_GOAWAY, 0, 0, BYTES(0, 0, 0, 0, 0, 0, 0, 0));
	feed_both();
	ck_assert_int_eq(event_count, 1);
}
END_TEST

/* The response was under way when the client reset its stream. Its header block belongs to the table (RFC 9113 5.1). */
START_TEST(late_response_of_a_reset_stream_is_not_told_again)
{
	request_and_settings();
	put_frame(&client, HTTP2_RST_STREAM, 0, 1, BYTES(0, 0, 0, 8));
	feed(&client, client.size - 13, client.size);
	ck_assert_int_eq(event_count, 2);
	expect_unanswered(1, 1, EBPFI_HTTP_REASON_STREAM_RESET);
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88, 0x5f, 0x04, 'g', 'r', 'p', 'c'));
	put_frame(&server, HTTP2_DATA, HTTP2_END_STREAM, 1, TEXT("late"));
	second_request();
	put_frame(&server, HTTP2_HEADERS, ENDS, 3, BYTES(0x88, 0xbe));
	feed(&client, client.size - 23, client.size);
	feed(&server, 15, server.size);
	ck_assert_int_eq(event_count, 4);
	ck_assert_uint_eq(events[3].http.number, 3);
	ck_assert_uint_eq(events[3].http.anomalies, 0);
	ck_assert_str_eq(text_of(3, EBPFI_HTTP_CONTENT_TYPE), "grpc");
}
END_TEST

START_TEST(many_streams_that_ended_are_remembered)
{
	uint32_t id;
	size_t at;

	open_connection();
	feed_both();
	for (id = 1; id < 800; id += 2) {
		at = client.size;
		put_frame(&client, HTTP2_HEADERS, ENDS, id, BYTES(0x82, 0x86, 0x84));
		put_frame(&client, HTTP2_RST_STREAM, 0, id, BYTES(0, 0, 0, 8));
		feed(&client, at, client.size);
	}
	ck_assert_int_eq(event_count, 800);
	for (id = 1, at = server.size; id < 800; id += 2)
		put_frame(&server, HTTP2_HEADERS, ENDS, id, BYTES(0x88));
	feed(&server, at, server.size);
	ck_assert_int_eq(event_count, 800);
}
END_TEST

START_TEST(head_of_a_response_makes_an_event_if_wanted)
{
	http2_set_heads(h2, true);
	request_and_settings();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x08, 3, '1', '0', '3'));
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88, 0x5f, 0x04, 'g', 'r', 'p', 'c'));
	feed(&server, 15, server.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.event.kind, EBPFI_EVENT_HTTP_HEAD);
	ck_assert_uint_eq(events[1].http.status, 200);
	ck_assert_uint_eq(events[1].http.src_port, 80);
	ck_assert_uint_eq(events[1].http.first_byte_ns, 2);
	ck_assert_uint_eq(events[1].http.duration_ns, 0);
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_HOST), "www.example.com");
	put_frame(&server, HTTP2_DATA, HTTP2_END_STREAM, 1, TEXT("body"));
	feed(&server, server.size - 13, server.size);
	ck_assert_int_eq(event_count, 3);
	ck_assert_uint_eq(events[2].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_uint_eq(events[2].http.duration_ns, 3);
}
END_TEST

START_TEST(time_that_goes_back_gives_no_duration)
{
	request_and_settings();
	conversation_now = 10;
	put_frame(&server, HTTP2_HEADERS, ENDS, 1, BYTES(0x88));
	feed(&server, 15, server.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.first_byte_ns, 0);
	ck_assert_uint_eq(events[1].http.duration_ns, 0);
}
END_TEST

START_TEST(requests_of_a_connection_that_is_given_up_are_told)
{
	static uint8_t junk[4096];
	size_t i, at;

	memset(junk, 0xff, sizeof(junk));
	open_connection();
	first_request();
	feed_both();
	for (i = 0, at = client.size; i < 600; i++, at += sizeof(junk))
		feed_piece(7, HTTP2_TO_SERVER, at, junk, sizeof(junk));
	ck_assert_int_eq(event_count, 3);
	expect_unanswered(1, 1, EBPFI_HTTP_REASON_UNCERTAIN);
	ck_assert_uint_eq(events[2].http.event.kind, EBPFI_EVENT_HTTP_BROKEN);
}
END_TEST

START_TEST(answer_in_http1_is_told_as_broken)
{
	open_connection();
	first_request();
	feed(&client, 0, client.size);
	server.size = 0;
	put(&server, TEXT("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
	feed(&server, 0, server.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.event.kind, EBPFI_EVENT_HTTP_BROKEN);
	ck_assert_uint_eq(events[1].http.status, 400);
	ck_assert(events[1].http.major == 1 && events[1].http.minor == 1);
	ck_assert_uint_eq(events[1].http.src_port, 80);
	ck_assert(has(1, EBPFI_HTTP_BAD_FRAME));
	feed_piece(7, HTTP2_CLOSED, server.size, NULL, 0);
	expect_unanswered(2, 1, EBPFI_HTTP_REASON_CLOSED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		client_that_closes_may_still_get_its_response,
		end_tells_what_is_open,
		request_of_one_direction_says_so,
		goaway_gives_up_later_streams,
		goaway_of_the_client_gives_nothing_up,
		late_response_of_a_reset_stream_is_not_told_again,
		many_streams_that_ended_are_remembered,
		head_of_a_response_makes_an_event_if_wanted,
		time_that_goes_back_gives_no_duration,
		requests_of_a_connection_that_is_given_up_are_told,
		answer_in_http1_is_told_as_broken,
	};
	const TTest *const loops[] = { request_of_a_connection_that_ends_is_unanswered };

	return RUN_TESTS("http2 without an answer", conversation_setup, tests) |
	       RUN_LOOPS("ends of http2", conversation_setup, loops, sizeof(ends) / sizeof(ends[0]));
}
