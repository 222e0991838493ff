/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP/2 with lost or wrong bytes, and the bounds of work and memory. */
#include <malloc.h>

#include "http2_conversation.h"

START_TEST(fields_of_a_lost_header_block_are_left_out)
{
	size_t from, to;

	open_connection();
	from = client.size;
	first_request();
	to = client.size;
	second_request();
	third_request();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 7,
		  BYTES(0x82, 0x87, 0x84, 0x7a, 3, 'c', 'u', 'r'));
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 9, BYTES(0x82, 0x87, 0x84, 0xbe));
	feed(&client, 0, from);
	feed(&client, to, client.size);
	ck_assert_int_eq(event_count, 4);
	ck_assert(has(0, EBPFI_HTTP_GAP) && has(0, EBPFI_HTTP_HPACK_LOST));
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_METHOD), "GET");
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_HOST), "");
	ck_assert(has(1, EBPFI_HTTP_HPACK_LOST) && !has(1, EBPFI_HTTP_GAP));
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_HOST), "");
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_TARGET), "/index.html");
	ck_assert_uint_eq(events[2].http.anomalies, 0);
	/* Fields added after the gap are known. */
	ck_assert_str_eq(text_of(3, EBPFI_HTTP_USER_AGENT), "cur");
	ck_assert_uint_eq(events[3].http.anomalies, 0);
}
END_TEST

START_TEST(direction_recovers_after_its_table_was_resized)
{
	const uint8_t sizes[][4] = { { 0x20 }, { 0x3e }, { 0x3f, 0x0a }, { 0x3f, 0xe1, 0x7f } };
	const size_t lengths[] = { 1, 1, 2, 3 };
	size_t from;

	open_connection();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, sizes[_i], lengths[_i]);
	from = client.size;
	first_request();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 3, BYTES(0x82, 0x87, 0x84));
	feed(&client, 0, from);
	feed(&client, from + 29, client.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert(has(1, EBPFI_HTTP_GAP) && !has(1, EBPFI_HTTP_HPACK_LOST));
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_TARGET), "/");
}
END_TEST

START_TEST(gap_at_any_byte_invents_no_field)
{
	size_t at, end;

	make_conversation();
	for (at = 24; at < client.size; at++)
		for (end = at + 1; end <= client.size; end++) {
			conversation_restart();
			feed(&client, 0, at);
			feed(&client, end, client.size);
			for (int i = 0; i < event_count; i++) {
				ck_assert(!*text_of(i, EBPFI_HTTP_HOST) ||
					  !strcmp(text_of(i, EBPFI_HTTP_HOST), "www.example.com"));
				ck_assert_msg(!strcmp(text_of(i, EBPFI_HTTP_METHOD), "GET"), "gap %zu to %zu: %s", at, end,
					      text_of(i, EBPFI_HTTP_METHOD));
				ck_assert(*text_of(i, EBPFI_HTTP_HOST) || has(i, EBPFI_HTTP_HPACK_LOST));
			}
		}
}
END_TEST

START_TEST(connection_without_frames_is_given_up_with_one_event)
{
	static uint8_t junk[4096];
	size_t i, at;

	memset(junk, 0xff, sizeof(junk));
	open_connection();
	feed(&client, 0, client.size);
	for (i = 0, at = client.size; i < 600; i++, at += sizeof(junk))
		feed_piece(7, HTTP2_TO_SERVER, at, junk, sizeof(junk));
	ck_assert_int_eq(event_count, 1);
	ck_assert_uint_eq(events[0].http.event.kind, EBPFI_EVENT_HTTP_BROKEN);
	ck_assert(has(0, EBPFI_HTTP_BAD_FRAME));
}
END_TEST

START_TEST(quietest_connection_gives_way_to_a_new_one)
{
	uint64_t id;

	open_connection();
	first_request();
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, BYTES(0x88));
	for (id = 1; id <= 1025; id++)
		feed_piece(id, HTTP2_TO_SERVER, 0, client.at, client.size);
	ck_assert_int_eq(event_count, 1026); /* and an evicted request */
	event_count = 0;
	feed_piece(1025, 0, 0, server.at, server.size);
	ck_assert(!has(0, EBPFI_HTTP_UNPAIRED));
	feed_piece(1, 0, 0, server.at, server.size);
	ck_assert_uint_eq(events[1].http.event.kind, EBPFI_EVENT_HTTP_UNANSWERED);
	ck_assert_uint_eq(events[1].http.reason, EBPFI_HTTP_REASON_EVICTED);
	ck_assert_uint_eq(events[1].http.connection, 2);
	ck_assert(has(2, EBPFI_HTTP_UNPAIRED));
}
END_TEST

START_TEST(oldest_stream_gives_way_to_a_new_one)
{
	uint32_t i;
	size_t at;

	open_connection();
	feed(&client, 0, client.size);
	for (i = 0; i < 300; i++) {
		at = client.size;
		put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 2 * i + 1, BYTES(0x82, 0x86, 0x84));
		feed(&client, at, client.size);
	}
	ck_assert_int_eq(event_count, 344); /* and 44 evicted requests */
	event_count = 0;
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, BYTES(0x88));
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 201, BYTES(0x88));
	feed(&server, 0, server.size);
	ck_assert_uint_eq(events[0].http.event.kind, EBPFI_EVENT_HTTP_UNANSWERED);
	ck_assert_uint_eq(events[0].http.reason, EBPFI_HTTP_REASON_EVICTED);
	ck_assert(has(1, EBPFI_HTTP_UNPAIRED));
	ck_assert(!has(2, EBPFI_HTTP_UNPAIRED));
}
END_TEST

/* Flips bytes of a direction, then feeds it in pieces of any size and loses some. */
static void spoil(const struct bytes *b, uint64_t connection, uint16_t flags)
{
	static uint8_t copy[4096];
	size_t at = 0, size;
	int flips = rand() % 4;

	ck_assert_uint_le(b->size, sizeof(copy));
	memcpy(copy, b->at, b->size);
	while (flips--)
		copy[(size_t)rand() % b->size] = (uint8_t)rand();
	for (; at < b->size; at += size) {
		size = 1 + (size_t)rand() % 60;
		if (size > b->size - at)
			size = b->size - at;
		if (rand() % 8)
			feed_piece(connection, flags, at, copy + at, size);
	}
}

START_TEST(spoilt_bytes_give_whole_events_only)
{
	uint64_t round;
	int i;

	srand((unsigned int)_i + 1);
	make_conversation();
	for (round = 0; round < 5000; round++) {
		spoil(&client, round, HTTP2_TO_SERVER);
		spoil(&server, round, 0);
		if (rand() % 2)
			feed_piece(round, HTTP2_CLOSED | HTTP2_GONE, server.size, NULL, 0);
	}
	ck_assert_int_gt(event_count, 1000);
	for (i = 0; i < 64; i++)
		ck_assert(events[i].http.major == 2 && events[i].http.event.kind >= EBPFI_EVENT_HTTP_REQUEST);
}
END_TEST

/* An older version marked a lost entry with a field of this name. */
START_TEST(peer_cannot_send_the_mark_of_a_lost_field)
{
	open_connection();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1,
		  BYTES(0x82, 0x86, 0x84, 0x40, 1, '?', 1, 'x'));
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 3, BYTES(0x82, 0x86, 0x84, 0xbe));
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 5, BYTES(0x82, 0x86, 0x84, 0x40, 0, 0));
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 3);
	ck_assert_uint_eq(events[0].http.anomalies, 0);
	ck_assert_uint_eq(events[1].http.anomalies, 0);
	ck_assert_uint_eq(events[2].http.anomalies, 1 << EBPFI_HTTP_BAD_NAME);
}
END_TEST

START_TEST(connection_of_wrong_frames_is_given_up_with_one_event)
{
	int i;

	open_connection();
	for (i = 0; i < 300; i++) {
		put_frame(&client, HTTP2_WINDOW_UPDATE, 0, 0, BYTES(0, 0, 0, 1));
		put_frame(&client, HTTP2_WINDOW_UPDATE, 0, 0, BYTES(0, 0, 0, 1));
		put_frame(&client, HTTP2_WINDOW_UPDATE, 0, 0, BYTES(0, 0, 0, 1));
		put_frame(&client, HTTP2_DATA, 0, 0, NULL, 0);
	}
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 1);
	ck_assert_uint_eq(events[0].http.event.kind, EBPFI_EVENT_HTTP_BROKEN);
	ck_assert(has(0, EBPFI_HTTP_BAD_FRAME));
	first_request();
	feed(&client, client.size - 29, client.size);
	ck_assert_int_eq(event_count, 1);
}
END_TEST

/* A recorder that is too slow for a day leaves such gaps. */
START_TEST(connection_with_many_gaps_is_read_on)
{
	size_t at;
	int i;

	open_connection();
	feed(&client, 0, client.size);
	for (i = 0; i < 5000; i++) {
		put_frame(&client, HTTP2_PING, 0, 0, TEXT("12345678"));
		at = client.size;
		put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 2 * (uint32_t)i + 1,
			  BYTES(0x82, 0x86, 0x84));
		feed(&client, at, client.size);
	}
	ck_assert_int_eq(event_count, 5000 + 4744); /* and the evicted requests */
	ck_assert_uint_eq(events[9743 % EVENTS].http.event.kind, EBPFI_EVENT_HTTP_REQUEST);
}
END_TEST

START_TEST(fields_beyond_64_kib_of_a_block_are_left_out_with_an_anomaly)
{
	uint8_t block[1009] = {
		0x82, 0x86, 0x84, 0x40, 1, 'x', 0x7f, 0xe9, 6
	}; /* GET /, and a field of 1,000 bytes that is added */

	open_connection();
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block, sizeof(block));
	memset(block, 0xbe, 70);
	block[70] = 0x84;
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 3, block, 71);
	feed(&client, 0, client.size);
	ck_assert_int_eq(event_count, 2);
	ck_assert_uint_eq(events[0].http.anomalies, 1 << EBPFI_HTTP_CONTROL);
	ck_assert_uint_eq(events[1].http.anomalies, 1ULL << EBPFI_HTTP_LARGE_BLOCK | 1 << EBPFI_HTTP_CONTROL);
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_TARGET), "");
}
END_TEST

/* Fills a direction's table; `cut`: also sends the start of a header block. */
static void fill_memory(uint64_t connection, uint16_t flags, bool cut)
{
	static uint8_t block[16000] = { 0x3f, 0xe1, 0xff, 3 };
	static struct bytes b;
	size_t i;

	for (i = 4; i + 3 <= sizeof(block); i += 3)
		block[i] = 0x40;
	b.size = 0;
	put_frame(&b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block, i);
	put_frame(&b, HTTP2_HEADERS, 0, 3, block, sizeof(block));
	for (i = 0; i < 3; i++)
		put_frame(&b, HTTP2_CONTINUATION, 0, 3, block, sizeof(block));
	if (flags)
		feed_piece(connection, flags, 0, TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
	feed_piece(connection, flags, flags ? HTTP2_PREFACE : 0, b.at, cut ? b.size : sizeof(block));
}

START_TEST(memory_of_a_session_is_bounded)
{
	size_t before = mallinfo2().uordblks, used;
	uint64_t id;

	for (id = 1; id <= 1024; id++) {
		fill_memory(id, HTTP2_TO_SERVER, _i);
		fill_memory(id, 0, _i);
	}
	used = mallinfo2().uordblks - before;
	ck_assert_msg(used < 32 << 20, "%zu bytes", used);
	ck_assert_uint_eq(lost_count, 0);
}
END_TEST

START_TEST(connection_keeps_its_table_when_others_use_all_their_memory)
{
	uint64_t id;

	for (id = 1; id <= 1024; id++)
		fill_memory(id, HTTP2_TO_SERVER, false);
	make_conversation();
	event_count = 0;
	feed_piece(2000, HTTP2_TO_SERVER, 0, client.at, client.size);
	feed_piece(2000, 0, 0, server.at, server.size);
	check_conversation();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		fields_of_a_lost_header_block_are_left_out,
		gap_at_any_byte_invents_no_field,
		connection_without_frames_is_given_up_with_one_event,
		quietest_connection_gives_way_to_a_new_one,
		oldest_stream_gives_way_to_a_new_one,
		peer_cannot_send_the_mark_of_a_lost_field,
		connection_of_wrong_frames_is_given_up_with_one_event,
		connection_with_many_gaps_is_read_on,
		fields_beyond_64_kib_of_a_block_are_left_out_with_an_anomaly,
		connection_keeps_its_table_when_others_use_all_their_memory,
	};
	const TTest *const loops[] = { direction_recovers_after_its_table_was_resized, spoilt_bytes_give_whole_events_only };
	const TTest *const memory[] = { memory_of_a_session_is_bounded };

	return RUN_TESTS("http2 losses", conversation_setup, tests) |
	       RUN_LOOPS("memory of http2", conversation_setup, memory, 2) |
	       RUN_LOOPS("http2 losses in many ways", conversation_setup, loops, 4);
}
