/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP/2 transactions: the events of a connection. */
#include "http2_conversation.h"

START_TEST(transactions_have_their_texts_sizes_and_grpc_status)
{
	make_conversation();
	feed_both();
	check_conversation();
	ck_assert_uint_eq(events[3].http.duration_ns, 1);
}
END_TEST

START_TEST(two_pieces_cut_at_any_byte_give_the_same_events)
{
	size_t client_at, server_at;

	make_conversation();
	for (client_at = 1; client_at < client.size; client_at++)
		for (server_at = 1; server_at < server.size; server_at++) {
			conversation_restart();
			feed(&client, 0, client_at);
			feed(&client, client_at, client.size);
			feed(&server, 0, server_at);
			feed(&server, server_at, server.size);
			check_conversation();
		}
}
END_TEST

START_TEST(pieces_of_one_byte_give_the_same_events)
{
	size_t i;

	make_conversation();
	for (i = 0; i < client.size; i++)
		feed(&client, i, i + 1);
	for (i = 0; i < server.size; i++)
		feed(&server, i, i + 1);
	check_conversation();
}
END_TEST

START_TEST(header_block_is_read_across_continuations_padding_and_priority)
{
	open_connection();
	put_frame(&client, HTTP2_HEADERS, HTTP2_PADDED | HTTP2_WITH_PRIORITY, 1, BYTES(3, 0, 0, 0, 0, 16, 0x82, 0x86, 0, 0, 0));
	put_frame(&client, HTTP2_CONTINUATION, 0, 1, BYTES(0x84, 0x41, 0x03));
	put_frame(&client, HTTP2_CONTINUATION, HTTP2_END_HEADERS, 1, BYTES('a', '.', 'b'));
	put_frame(&client, HTTP2_DATA, HTTP2_END_STREAM, 1, TEXT("body"));
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, BYTES(0x88));
	feed_both();
	ck_assert_int_eq(event_count, 2);
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_HOST), "a.b");
	ck_assert_uint_eq(events[1].http.request_bytes, 4);
	ck_assert_uint_eq(events[1].http.anomalies, 0);
}
END_TEST

START_TEST(body_that_is_not_handed_over_is_counted)
{
	size_t from;

	open_connection();
	first_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88));
	from = server.size + 9;
	put_frame(&server, HTTP2_DATA, HTTP2_END_STREAM, 1, (const uint8_t[1000]){ 0 }, 1000);
	feed(&client, 0, client.size);
	feed(&server, 0, from);
	ck_assert_int_eq(event_count, 1);
	feed_piece(7, 0, server.size, NULL, 0);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.response_bytes, 1000);
	ck_assert_uint_eq(events[1].http.anomalies, 0);
}
END_TEST

START_TEST(reset_ends_a_transaction_with_its_code)
{
	open_connection();
	first_request();
	second_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88));
	put_frame(&server, HTTP2_RST_STREAM, 0, 1, BYTES(0, 0, 0, 2));
	feed_both();
	put_frame(&client, HTTP2_RST_STREAM, 0, 3, BYTES(0, 0, 0, 8));
	feed(&client, client.size - 13, client.size);
	ck_assert_int_eq(event_count, 4);
	ck_assert(has(2, EBPFI_HTTP_RESET) && events[2].http.reset_code == 2 && events[2].http.status == 200);
	ck_assert(has(3, EBPFI_HTTP_RESET) && events[3].http.reset_code == 8 && events[3].http.status == 0);
	ck_assert_uint_eq(events[2].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_uint_eq(events[2].http.src_port, 80);
	ck_assert_uint_eq(events[3].http.event.kind, EBPFI_EVENT_HTTP_UNANSWERED);
	ck_assert_uint_eq(events[3].http.src_port, 1000);
}
END_TEST

START_TEST(pushed_request_has_the_direction_of_a_request)
{
	open_connection();
	first_request();
	put_frame(&server, HTTP2_PUSH_PROMISE, HTTP2_END_HEADERS, 1, BYTES(0, 0, 0, 2, 0x82, 0x87, 0x85));
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 2, BYTES(0x88));
	feed_both();
	ck_assert_int_eq(event_count, 3);
	ck_assert_uint_eq(events[1].http.event.kind, EBPFI_EVENT_HTTP_REQUEST);
	ck_assert_uint_eq(events[1].http.number, 2);
	ck_assert_uint_eq(events[1].http.dst_port, 80);
	ck_assert_str_eq(text_of(2, EBPFI_HTTP_TARGET), "/index.html");
}
END_TEST

START_TEST(interim_response_gives_no_event)
{
	open_connection();
	first_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x08, 3, '1', '0', '3'));
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS | HTTP2_END_STREAM, 1, BYTES(0x88));
	feed_both();
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[1].http.status, 200);
}
END_TEST

START_TEST(end_of_connection_cuts_off_responses_that_began)
{
	open_connection();
	first_request();
	second_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, BYTES(0x88));
	feed_both();
	feed_piece(7, HTTP2_CLOSED, server.size, NULL, 0);
	ck_assert_int_eq(event_count, 4);
	ck_assert_uint_eq(events[3].http.event.kind, EBPFI_EVENT_HTTP_UNANSWERED);
	ck_assert_uint_eq(events[3].http.number, 3);
	ck_assert(has(2, EBPFI_HTTP_CUT_OFF));
	ck_assert_uint_eq(events[2].http.number, 1);
}
END_TEST

START_TEST(event_has_no_credentials)
{
	open_connection();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1,
		  BYTES(0x82, 0x86, 0x84, 0x0f, 8, 9, 'B', 'a', 's', 'i', 'c', ' ', 'X', 'Y', 'Z'));
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 1);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_AUTHORIZATION), "Basic");
	ck_assert_ptr_null(memmem(&events[0], sizeof(events[0]), "XYZ", 3));
}
END_TEST

static const struct {
	const char *path;
	uint64_t anomalies;
} paths[] = {
	{ "/", 0 },
	{ "*", 0 },
	{ "/a/b.c?d=%2e%2e/..", 0 },
	{ "/a/../b", 1ULL << EBPFI_HTTP_DOT_SEGMENT },
	{ "/..", 1ULL << EBPFI_HTTP_DOT_SEGMENT },
	{ "/%2e%2E/b", 1ULL << EBPFI_HTTP_DOT_SEGMENT },
	{ "/%zz", 1ULL << EBPFI_HTTP_BAD_PERCENT },
	{ "/%", 1ULL << EBPFI_HTTP_BAD_PERCENT },
	{ "/a b/..", 1ULL << EBPFI_HTTP_BAD_TARGET | 1ULL << EBPFI_HTTP_DOT_SEGMENT },
	{ "/a\r\nb", 1ULL << EBPFI_HTTP_BAD_TARGET | 1ULL << EBPFI_HTTP_CONTROL },
	{ "/\x7f", 1ULL << EBPFI_HTTP_BAD_TARGET },
	{ "/\xc3\xa4", 1ULL << EBPFI_HTTP_BAD_TARGET },
	{ "", 1ULL << EBPFI_HTTP_BAD_TARGET },
};

START_TEST(path_has_the_anomalies_of_a_target_in_http1)
{
	uint8_t block[64] = { 0x82, 0x86, 0x04 };
	size_t length = strlen(paths[_i].path);

	block[3] = (uint8_t)length;
	memcpy(block + 4, paths[_i].path, length);
	open_connection();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block, length + 4);
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 1);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_TARGET), paths[_i].path);
	ck_assert_msg(events[0].http.anomalies == paths[_i].anomalies, "%s: %llx", paths[_i].path,
		      (unsigned long long)events[0].http.anomalies);
}
END_TEST

static const struct {
	const char *name, *value;
	size_t length;
	uint64_t anomalies;
} fields[] = {
	{ "x-any", "a value", 7, 0 },
	{ "host", "a.b", 3, 0 },
	{ "te", "trailers", 8, 0 },
	{ "X-any", "", 0, 1ULL << EBPFI_HTTP_BAD_NAME },
	{ "x any", "", 0, 1ULL << EBPFI_HTTP_BAD_NAME },
	{ "x\r\ny", "", 0, 1ULL << EBPFI_HTTP_BAD_NAME },
	{ "x:y", "", 0, 1ULL << EBPFI_HTTP_BAD_NAME },
	{ "x-any", "a\r\nb", 4, 1ULL << EBPFI_HTTP_CONTROL },
	{ "x-any", "a\0b", 3, 1ULL << EBPFI_HTTP_CONTROL },
	{ "host", "a.b.c", 5, 1ULL << EBPFI_HTTP_HOSTS },
	{ "host", "a.c", 3, 1ULL << EBPFI_HTTP_HOSTS },
	{ "transfer-encoding", "chunked", 7, 1ULL << EBPFI_HTTP_BAD_CODING },
};

START_TEST(field_that_makes_another_message_in_http1_is_an_anomaly)
{
	uint8_t block[64] = { 0x82, 0x86, 0x84, 0x41, 3, 'a', '.', 'b', 0x00 };
	size_t length = strlen(fields[_i].name);

	block[9] = (uint8_t)length;
	memcpy(block + 10, fields[_i].name, length);
	block[10 + length] = (uint8_t)fields[_i].length;
	memcpy(block + 11 + length, fields[_i].value, fields[_i].length);
	open_connection();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block, 11 + length + fields[_i].length);
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 1);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_HOST), "a.b");
	ck_assert_msg(events[0].http.anomalies == fields[_i].anomalies, "%s: %llx", fields[_i].name,
		      (unsigned long long)events[0].http.anomalies);
}
END_TEST

START_TEST(upgraded_request_becomes_stream_1)
{
	struct http_record record = {
		.http = { .event = { .len = sizeof(record) }, .connection = 7, .number = 4, .status = 101 }
	};
	struct ebpfi_http *upgraded = &record.http;

	upgraded->text_offset = sizeof(*upgraded);
	upgraded->request_time_ns = 900;
	upgraded->grpc_status = -1;
	memcpy(http_text_at(upgraded, EBPFI_HTTP_TARGET), "/up", upgraded->used[EBPFI_HTTP_TARGET] = 3);
	memcpy(http_text_at(upgraded, EBPFI_HTTP_UPGRADE), "h2c", upgraded->used[EBPFI_HTTP_UPGRADE] = 3);
	http2_upgrade(h2, upgraded, conversation_emit, NULL);
	open_connection();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, BYTES(0x88));
	feed(&server, 0, server.size);
	ck_assert_int_eq(event_count, 1);
	ck_assert_uint_eq(events[0].http.number, 1);
	ck_assert_uint_eq(events[0].http.status, 200);
	ck_assert_uint_eq(events[0].http.major, 2);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_TARGET), "/up");
	ck_assert_uint_eq(events[0].http.first_byte_ns, 100);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		transactions_have_their_texts_sizes_and_grpc_status,
		two_pieces_cut_at_any_byte_give_the_same_events,
		pieces_of_one_byte_give_the_same_events,
		header_block_is_read_across_continuations_padding_and_priority,
		body_that_is_not_handed_over_is_counted,
		reset_ends_a_transaction_with_its_code,
		pushed_request_has_the_direction_of_a_request,
		interim_response_gives_no_event,
		end_of_connection_cuts_off_responses_that_began,
		event_has_no_credentials,
		upgraded_request_becomes_stream_1,
	};
	const TTest *const field_tests[] = { field_that_makes_another_message_in_http1_is_an_anomaly };
	const TTest *const path_tests[] = { path_has_the_anomalies_of_a_target_in_http1 };

	return RUN_TESTS("http2 transactions", conversation_setup, tests) |
	       RUN_LOOPS("paths of http2", conversation_setup, path_tests, sizeof(paths) / sizeof(paths[0])) |
	       RUN_LOOPS("fields of http2", conversation_setup, field_tests, sizeof(fields) / sizeof(fields[0]));
}
