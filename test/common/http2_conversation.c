/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2_conversation.h"

#include "http_grammar.h"

struct bytes client, server;
struct http_record events[EVENTS];
int event_count;
unsigned int lost_count;
struct http2 *h2;

static struct http_table *table;
uint64_t conversation_now;

void conversation_emit(void *to, const struct ebpfi_event *event)
{
	(void)to;
	ck_assert_uint_eq(event->len, sizeof(struct http_record));
	memcpy(&events[event_count++ % EVENTS], event, sizeof(struct http_record));
}

static void teardown(void)
{
	http2_free(h2);
	free(table);
	free(client.at);
	free(server.at);
}

void conversation_restart(void)
{
	http2_free(h2);
	h2 = http2_new(table);
	ck_assert_ptr_nonnull(h2);
	memset(events, 0, sizeof(events));
	event_count = 0;
	lost_count = 0;
	conversation_now = 1000;
}

void conversation_setup(void)
{
	table = http_table_new(true);
	conversation_restart();
	atexit(teardown);
}

void feed_piece(uint64_t connection, uint16_t flags, uint64_t position, const uint8_t *bytes, size_t size)
{
	struct http2_piece head = { .flags = flags, .connection = connection, .position = position };

	head.event.time_ns = conversation_now++;
	head.src_port = flags & HTTP2_TO_SERVER ? 1000 : 80;
	head.dst_port = flags & HTTP2_TO_SERVER ? 80 : 1000;
	lost_count += take_piece(h2, head, bytes, size, conversation_emit, NULL);
}

void feed(const struct bytes *b, size_t from, size_t to)
{
	feed_piece(7, b == &client ? HTTP2_TO_SERVER : 0, from, b->at + from, to - from);
}

void feed_both(void)
{
	feed(&client, 0, client.size);
	feed(&server, 0, server.size);
}

const char *text_of(int event, enum ebpfi_http_field field)
{
	static char copy[1024];
	unsigned int length;
	const char *there = http_field_text(&events[event].http, field, &length);

	memcpy(copy, there, length);
	copy[length] = '\0';
	return copy;
}

int has(int event, enum ebpfi_http_anomaly anomaly)
{
	return events[event].http.anomalies >> anomaly & 1;
}

void open_connection(void)
{
	put_preface(&client);
	put_frame(&server, HTTP2_SETTINGS, 0, 0, BYTES(0, 1, 0, 0, 16, 0));
}

void first_request(void)
{
	put_frame(
		&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1,
		BYTES(0x82, 0x86, 0x84, 0x41, 0x0f, 'w', 'w', 'w', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'c', 'o', 'm'));
}

void second_request(void)
{
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 3,
		  BYTES(0x82, 0x86, 0x84, 0xbe, 0x58, 0x08, 'n', 'o', '-', 'c', 'a', 'c', 'h', 'e'));
}

void third_request(void)
{
	put_frame(&client, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 5,
		  BYTES(0x82, 0x87, 0x85, 0xbf, 0x40, 0x0a, 'c', 'u', 's', 't', 'o', 'm', '-', 'k', 'e', 'y', 0x0c, 'c', 'u',
			's', 't', 'o', 'm', '-', 'v', 'a', 'l', 'u', 'e'));
}

/* A gRPC response: content-type, a body in two frames, the second padded, trailers. */
static void grpc_response(uint8_t stream)
{
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, stream, BYTES(0x88, 0x5f, 0x04, 'g', 'r', 'p', 'c'));
	put_frame(&server, HTTP2_DATA, 0, stream, TEXT("hello"));
	put_frame(&server, HTTP2_DATA, HTTP2_PADDED, stream, BYTES(2, 'a', 'b', 'c', 0, 0));
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream,
		  BYTES(0x00, 11, 'g', 'r', 'p', 'c', '-', 's', 't', 'a', 't', 'u', 's', 1, '7'));
}

void make_conversation(void)
{
	open_connection();
	first_request();
	second_request();
	third_request();
	grpc_response(1);
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 5, BYTES(0x8d));
	put_frame(&server, HTTP2_PING, 0, 0, TEXT("12345678"));
	put_frame(&server, 0x55, 0xff, 9, TEXT("unknown types are skipped"));
	put_frame(&server, HTTP2_HEADERS, HTTP2_END_HEADERS, 3, BYTES(0x88));
	put_frame(&server, HTTP2_DATA, HTTP2_END_STREAM, 3, TEXT("x"));
}

void check_conversation(void)
{
	ck_assert_int_eq(event_count, 6);
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_METHOD), "GET");
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_TARGET), "/");
	ck_assert_str_eq(text_of(0, EBPFI_HTTP_HOST), "www.example.com");
	ck_assert_str_eq(text_of(1, EBPFI_HTTP_HOST), "www.example.com");
	ck_assert_str_eq(text_of(2, EBPFI_HTTP_TARGET), "/index.html");
	ck_assert_uint_eq(events[2].http.number, 5);
	ck_assert_uint_eq(events[3].http.event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_uint_eq(events[3].http.number, 1);
	ck_assert_uint_eq(events[3].http.status, 200);
	ck_assert_uint_eq(events[3].http.response_bytes, 8);
	ck_assert_int_eq(events[3].http.grpc_status, 7);
	ck_assert_str_eq(text_of(3, EBPFI_HTTP_CONTENT_TYPE), "grpc");
	ck_assert_str_eq(text_of(3, EBPFI_HTTP_HOST), "www.example.com");
	ck_assert_uint_eq(events[3].http.src_port, 80);
	ck_assert_uint_eq(events[4].http.number, 5);
	ck_assert_uint_eq(events[4].http.status, 404);
	ck_assert_int_eq(events[4].http.grpc_status, -1);
	ck_assert_uint_eq(events[5].http.response_bytes, 1);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(events[i].http.anomalies, 0);
}
