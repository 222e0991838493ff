/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP/2 connections that are older than the watcher, and bodies around lost bytes. */
#include "http2_conversation.h"

enum { ENDS = HTTP2_END_STREAM | HTTP2_END_HEADERS };

static uint64_t position[2];

/* The bytes of an end since the last call. `swapped`: the programs guess the roles wrongly. */
static void feed_on(struct bytes *b, bool swapped)
{
	int to_server = (b == &client) != swapped;

	feed_piece(7, (uint16_t)(HTTP2_UNDERWAY | (to_server ? HTTP2_TO_SERVER : 0)), position[to_server], b->at, b->size);
	position[to_server] += b->size;
	b->size = 0;
}

static void setup(void)
{
	position[0] = position[1] = 0;
	conversation_setup();
}

/* GET / with a field of a table that is not known. */
static void request_of_unknown_fields(uint32_t stream)
{
	put_frame(&client, HTTP2_HEADERS, ENDS, stream, BYTES(0x82, 0x86, 0x84, 0xbe));
}

START_TEST(connection_older_than_the_watcher_is_read_on)
{
	request_of_unknown_fields(101);
	feed_on(&client, _i);
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 101, BYTES(0x88, 0xbe));
	put_frame(&server, HTTP2_DATA, HTTP2_END_STREAM, 101, TEXT("body"));
	feed_on(&server, _i);
	put_frame(&client, HTTP2_HEADERS, ENDS, 103, BYTES(0x82, 0x86, 0x84, 0x41, 1, 'a'));
	feed_on(&client, _i);
	ck_assert_int_eq(event_count, 3);
	ck_assert_uint_eq(events[0].http.event.kind, EBPFI_EVENT_HTTP_REQUEST);
	ck_assert(has(0, EBPFI_HTTP_MIDSTREAM) && has(0, EBPFI_HTTP_HPACK_LOST));
	ck_assert(!has(0, EBPFI_HTTP_BAD_FIELD));
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_TARGET), "/");
	ck_assert_uint_eq(events[0].http.src_port, _i ? 80 : 1000);
	ck_assert_uint_eq(events[1].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_uint_eq(events[1].http.status, 200);
	ck_assert_uint_eq(events[1].http.response_bytes, 4);
	ck_assert(!has(1, EBPFI_HTTP_UNPAIRED));
	ck_assert_uint_eq(events[1].http.src_port, _i ? 1000 : 80);
	ck_assert_uint_eq(events[2].http.anomalies, 0);
	ck_assert_str_eq(text_of(2, EBPFI_HTTP_HOST), "a");
}
END_TEST

START_TEST(response_that_is_older_than_the_watcher_is_unpaired)
{
	put_frame(&server, HTTP2_DATA, 0, 7, TEXT("body"));
	put_frame(&server, HTTP2_DATA, 0, 7, TEXT("body"));
	put_frame(&server, HTTP2_HEADERS, ENDS, 7, BYTES(0, 11, 'g', 'r', 'p', 'c', '-', 's', 't', 'a', 't', 'u', 's', 1, '7'));
	feed_on(&server, false);
	ck_assert_int_eq(event_count, 1);
	ck_assert_uint_eq(events[0].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_uint_eq(events[0].http.number, 7);
	ck_assert_uint_eq(events[0].http.status, 0);
	ck_assert_uint_eq(events[0].http.response_bytes, 8);
	ck_assert_int_eq(events[0].http.grpc_status, 7);
	ck_assert(has(0, EBPFI_HTTP_UNPAIRED) && has(0, EBPFI_HTTP_MIDSTREAM) && !has(0, EBPFI_HTTP_BAD_FIELD));
}
END_TEST

START_TEST(trailers_of_a_request_that_was_not_seen_are_no_request)
{
	put_frame(&client, HTTP2_DATA, 0, 7, TEXT("body"));
	put_frame(&client, HTTP2_HEADERS, ENDS, 7, BYTES(0, 1, 'a', 1, 'b'));
	feed_on(&client, false);
	ck_assert_int_eq(event_count, 0);
	put_frame(&client, HTTP2_HEADERS, ENDS, 9, BYTES(0x82, 0x86, 0x84));
	feed_on(&client, false);
	ck_assert_int_eq(event_count, 1);
	ck_assert_uint_eq(events[0].http.anomalies, 1ULL << EBPFI_HTTP_MIDSTREAM);
}
END_TEST

/* Reading begins in the middle of a body. */
START_TEST(frames_are_found_behind_the_rest_of_a_body)
{
	size_t at, size;

	for (at = HTTP2_HEAD + 1; at <= HTTP2_HEAD + 21; at++) {
		conversation_restart();
		position[0] = position[1] = 0;
		client.size = 0;
		put_frame(&client, HTTP2_DATA, 0, 5, TEXT("the body of an upload"));
		put_frame(&client, HTTP2_WINDOW_UPDATE, 0, 0, BYTES(0, 0, 0, 1));
		put_frame(&client, HTTP2_HEADERS, ENDS, 7, BYTES(0x82, 0x86, 0x84));
		size = client.size - at;
		feed_piece(7, HTTP2_UNDERWAY | HTTP2_TO_SERVER, 0, client.at + at, size);
		ck_assert_int_eq(event_count, 1);
		ck_assert_str_eq(text_of(0, EBPFI_HTTP_METHOD), "GET");
	}
}
END_TEST

START_TEST(bytes_without_frames_are_given_up_with_one_event)
{
	static uint8_t junk[4096];
	int i;

	memset(junk, 0xff, sizeof(junk));
	for (i = 0; i < 600; i++)
		feed_piece(7, HTTP2_UNDERWAY | HTTP2_TO_SERVER, (uint64_t)i * sizeof(junk), junk, sizeof(junk));
	ck_assert_int_eq(event_count, 1);
	ck_assert_uint_eq(events[0].http.event.kind, EBPFI_EVENT_HTTP_BROKEN);
	ck_assert(has(0, EBPFI_HTTP_MIDSTREAM));
}
END_TEST

/* A body in three frames. The segment with the second and the end of the first is lost, or a part of it. */
START_TEST(body_around_lost_bytes_has_the_size_of_what_was_known)
{
	static const uint8_t body[1000];
	size_t first, third;

	open_connection();
	first_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88));
	put_frame(&server, HTTP2_DATA, 0, 1, body, sizeof(body));
	first = server.size - sizeof(body) + (size_t)_i;
	put_frame(&server, HTTP2_DATA, 0, 1, body, sizeof(body));
	third = server.size;
	put_frame(&server, HTTP2_DATA, HTTP2_END_STREAM, 1, body, sizeof(body));
	put_frame(&server, HTTP2_PING, 0, 0, TEXT("12345678"));
	feed(&client, 0, client.size);
	feed(&server, 0, first);
	feed(&server, third, server.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.response_bytes, 2000);
	ck_assert(has(1, EBPFI_HTTP_GAP));
	ck_assert(!has(1, EBPFI_HTTP_BAD_LENGTH) && !has(1, EBPFI_HTTP_BAD_FIELD));
}
END_TEST

/* content-length is no measure where frames were lost. */
START_TEST(length_of_a_body_around_lost_bytes_is_not_judged)
{
	size_t lost;

	open_connection();
	first_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88, 0x0f, 13, 1, '8'));
	lost = server.size;
	put_frame(&server, HTTP2_DATA, 0, 1, TEXT("lost"));
	put_frame(&server, HTTP2_DATA, HTTP2_END_STREAM, 1, TEXT("body"));
	feed(&client, 0, client.size);
	feed(&server, 0, lost);
	feed(&server, lost + 13, server.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.anomalies, 1ULL << EBPFI_HTTP_GAP);
	ck_assert_uint_eq(events[1].http.response_bytes, 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		response_that_is_older_than_the_watcher_is_unpaired, trailers_of_a_request_that_was_not_seen_are_no_request,
		frames_are_found_behind_the_rest_of_a_body,          bytes_without_frames_are_given_up_with_one_event,
		length_of_a_body_around_lost_bytes_is_not_judged,
	};
	const TTest *const guesses[] = { connection_older_than_the_watcher_is_read_on };
	const TTest *const cuts[] = { body_around_lost_bytes_has_the_size_of_what_was_known };

	return RUN_TESTS("http2 midstream", setup, tests) | RUN_LOOPS("guesses of http2", setup, guesses, 2) |
	       RUN_LOOPS("cuts of http2", setup, cuts, 1000);
}
