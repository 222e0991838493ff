/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP/2 from pieces of its bytes. Header blocks are those of RFC 7541, appendix C.3, where they can be. */
#include "http2.h"

#include <stdlib.h>
#include <string.h>

#include "hpack.h"
#include "http_grammar.h"
#include "runner.h"

enum { DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION };
enum { END_STREAM = 1, END_HEADERS = 4, PADDED = 8, WITH_PRIORITY = 32 };

struct stream {
	uint8_t bytes[4096];
	size_t size;
};

static struct stream client, server;
static struct ebpfi_http events[64];
static int seen;
static struct http2 *h2;
static struct http_table *table;
static uint64_t now;

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define TEXT(text) (const uint8_t *)(text), sizeof(text) - 1

static void on_event(void *to, const struct ebpfi_event *event)
{
	(void)to;
	ck_assert_uint_eq(event->len, sizeof(struct ebpfi_http));
	memcpy(&events[seen++ % 64], event, sizeof(struct ebpfi_http));
}

static void teardown(void)
{
	http2_free(h2);
	free(table);
}

static void setup(void)
{
	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	memset(events, 0, sizeof(events));
	seen = 0;
	now = 1000;
	table = http_table_new(true);
	h2 = http2_new(table);
	atexit(teardown);
}

static void put(struct stream *s, const uint8_t *bytes, size_t size)
{
	memcpy(s->bytes + s->size, bytes, size);
	s->size += size;
}

static void frame(struct stream *s, uint8_t type, uint8_t flags, uint8_t stream, const uint8_t *payload, size_t size)
{
	put(s, BYTES(0, (uint8_t)(size >> 8), (uint8_t)size, type, flags, 0, 0, 0, stream));
	put(s, payload, size);
}

static void piece_of(uint64_t connection, uint16_t flags, uint64_t position, const uint8_t *bytes, size_t size)
{
	struct http2_piece *p = calloc(1, sizeof(*p) + size);

	p->event.len = (uint32_t)(sizeof(*p) + size);
	p->event.kind = HTTP2_PIECE;
	p->event.time_ns = now++;
	p->src_port = flags & HTTP2_TO_SERVER ? 1000 : 80;
	p->dst_port = flags & HTTP2_TO_SERVER ? 80 : 1000;
	p->connection = connection;
	p->position = position;
	p->flags = flags;
	p->size = (uint32_t)size;
	if (size)
		memcpy(p + 1, bytes, size);
	http2_take(h2, &p->event, on_event, NULL);
	free(p);
}

static void feed(struct stream *s, size_t from, size_t to)
{
	piece_of(7, s == &client ? HTTP2_TO_SERVER : 0, from, s->bytes + from, to - from);
}

static const char *text(int event, enum ebpfi_http_field field)
{
	static char copy[1024];
	unsigned int length;
	const char *there = ebpfi_http_text(&events[event], field, &length);

	memcpy(copy, there, length);
	copy[length] = '\0';
	return copy;
}

static int has(int event, enum ebpfi_http_anomaly anomaly)
{
	return events[event].anomalies >> anomaly & 1;
}

static void preface(void)
{
	put(&client, TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
	frame(&client, SETTINGS, 0, 0, BYTES(0, 1, 0, 0, 16, 0));
	frame(&server, SETTINGS, 0, 0, BYTES(0, 1, 0, 0, 16, 0));
}

/* RFC 7541 C.3.1 to C.3.3, requests on streams 1, 3 and 5. */
static void first_request(void)
{
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 1,
	      BYTES(0x82, 0x86, 0x84, 0x41, 0x0f, 'w', 'w', 'w', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'c', 'o', 'm'));
}

static void second_request(void)
{
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 3,
	      BYTES(0x82, 0x86, 0x84, 0xbe, 0x58, 0x08, 'n', 'o', '-', 'c', 'a', 'c', 'h', 'e'));
}

static void third_request(void)
{
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 5,
	      BYTES(0x82, 0x87, 0x85, 0xbf, 0x40, 0x0a, 'c', 'u', 's', 't', 'o', 'm', '-', 'k', 'e', 'y', 0x0c, 'c', 'u', 's',
		    't', 'o', 'm', '-', 'v', 'a', 'l', 'u', 'e'));
}

/* A gRPC response: content-type, a body in two frames, the second padded, trailers. */
static void grpc_response(uint8_t stream)
{
	frame(&server, HEADERS, END_HEADERS, stream, BYTES(0x88, 0x5f, 0x04, 'g', 'r', 'p', 'c'));
	frame(&server, DATA, 0, stream, TEXT("hello"));
	frame(&server, DATA, PADDED, stream, BYTES(2, 'a', 'b', 'c', 0, 0));
	frame(&server, HEADERS, END_STREAM | END_HEADERS, stream,
	      BYTES(0x00, 11, 'g', 'r', 'p', 'c', '-', 's', 't', 'a', 't', 'u', 's', 1, '7'));
}

static void conversation(void)
{
	preface();
	first_request();
	second_request();
	third_request();
	grpc_response(1);
	frame(&server, HEADERS, END_STREAM | END_HEADERS, 5, BYTES(0x8d));
	frame(&server, PING, 0, 0, TEXT("12345678"));
	frame(&server, 0x55, 0xff, 9, TEXT("unknown types are skipped"));
	frame(&server, HEADERS, END_HEADERS, 3, BYTES(0x88));
	frame(&server, DATA, END_STREAM, 3, TEXT("x"));
}

static void check_conversation(void)
{
	ck_assert_int_eq(seen, 6);
	ck_assert_str_eq(text(0, EBPFI_HTTP_METHOD), "GET");
	ck_assert_str_eq(text(0, EBPFI_HTTP_TARGET), "/");
	ck_assert_str_eq(text(0, EBPFI_HTTP_HOST), "www.example.com");
	ck_assert_str_eq(text(1, EBPFI_HTTP_HOST), "www.example.com");
	ck_assert_str_eq(text(2, EBPFI_HTTP_TARGET), "/index.html");
	ck_assert_uint_eq(events[2].number, 5);
	ck_assert_uint_eq(events[3].event.kind, EBPFI_EVENT_HTTP_RESPONSE);
	ck_assert_uint_eq(events[3].number, 1);
	ck_assert_uint_eq(events[3].status, 200);
	ck_assert_uint_eq(events[3].response_bytes, 8);
	ck_assert_int_eq(events[3].grpc_status, 7);
	ck_assert_str_eq(text(3, EBPFI_HTTP_CONTENT_TYPE), "grpc");
	ck_assert_str_eq(text(3, EBPFI_HTTP_HOST), "www.example.com");
	ck_assert_uint_eq(events[3].src_port, 80);
	ck_assert_uint_eq(events[4].number, 5);
	ck_assert_uint_eq(events[4].status, 404);
	ck_assert_int_eq(events[4].grpc_status, -1);
	ck_assert_uint_eq(events[5].response_bytes, 1);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(events[i].anomalies, 0);
}

START_TEST(transactions_are_reported_with_their_texts_sizes_and_grpc_status)
{
	conversation();
	feed(&client, 0, client.size);
	feed(&server, 0, server.size);
	check_conversation();
	ck_assert_uint_eq(events[3].duration_ns, 1);
}
END_TEST

START_TEST(a_split_at_any_byte_changes_nothing)
{
	size_t client_at, server_at;

	conversation();
	for (client_at = 1; client_at < client.size; client_at++)
		for (server_at = 1; server_at < server.size; server_at++) {
			http2_free(h2);
			h2 = http2_new(table);
			seen = 0;
			feed(&client, 0, client_at);
			feed(&client, client_at, client.size);
			feed(&server, 0, server_at);
			feed(&server, server_at, server.size);
			check_conversation();
		}
}
END_TEST

START_TEST(a_byte_at_a_time_is_enough)
{
	size_t i;

	conversation();
	for (i = 0; i < client.size; i++)
		feed(&client, i, i + 1);
	for (i = 0; i < server.size; i++)
		feed(&server, i, i + 1);
	check_conversation();
}
END_TEST

START_TEST(a_header_block_goes_on_in_continuations_between_padding_and_priority)
{
	preface();
	frame(&client, HEADERS, PADDED | WITH_PRIORITY, 1, BYTES(3, 0, 0, 0, 0, 16, 0x82, 0x86, 0, 0, 0));
	frame(&client, CONTINUATION, 0, 1, BYTES(0x84, 0x41, 0x03));
	frame(&client, CONTINUATION, END_HEADERS, 1, BYTES('a', '.', 'b'));
	frame(&client, DATA, END_STREAM, 1, TEXT("body"));
	frame(&server, HEADERS, END_STREAM | END_HEADERS, 1, BYTES(0x88));
	feed(&client, 0, client.size);
	feed(&server, 0, server.size);
	ck_assert_int_eq(seen, 2);
	ck_assert_str_eq(text(1, EBPFI_HTTP_HOST), "a.b");
	ck_assert_uint_eq(events[1].request_bytes, 4);
	ck_assert_uint_eq(events[1].anomalies, 0);
}
END_TEST

START_TEST(a_body_that_is_left_out_is_counted)
{
	size_t from;

	preface();
	first_request();
	frame(&server, HEADERS, END_HEADERS, 1, BYTES(0x88));
	from = server.size + 9;
	frame(&server, DATA, END_STREAM, 1, (const uint8_t[1000]){ 0 }, 1000);
	feed(&client, 0, client.size);
	feed(&server, 0, from);
	ck_assert_int_eq(seen, 1);
	piece_of(7, 0, server.size, NULL, 0);
	ck_assert_int_eq(seen, 2);
	ck_assert_uint_eq(events[1].response_bytes, 1000);
	ck_assert_uint_eq(events[1].anomalies, 0);
}
END_TEST

START_TEST(what_a_lost_header_block_said_is_not_invented)
{
	size_t from, to;

	preface();
	from = client.size;
	first_request();
	to = client.size;
	second_request();
	third_request();
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 7, BYTES(0x82, 0x87, 0x84, 0x7a, 3, 'c', 'u', 'r'));
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 9, BYTES(0x82, 0x87, 0x84, 0xbe));
	feed(&client, 0, from);
	feed(&client, to, client.size);
	ck_assert_int_eq(seen, 4);
	ck_assert(has(0, EBPFI_HTTP_GAP) && has(0, EBPFI_HTTP_HPACK_LOST));
	ck_assert_str_eq(text(0, EBPFI_HTTP_METHOD), "GET");
	ck_assert_str_eq(text(0, EBPFI_HTTP_HOST), "");
	ck_assert(has(1, EBPFI_HTTP_HPACK_LOST) && !has(1, EBPFI_HTTP_GAP));
	ck_assert_str_eq(text(1, EBPFI_HTTP_HOST), "");
	ck_assert_str_eq(text(1, EBPFI_HTTP_TARGET), "/index.html");
	ck_assert_uint_eq(events[2].anomalies, 0);
	/* What was added after the gap is known. */
	ck_assert_str_eq(text(3, EBPFI_HTTP_USER_AGENT), "cur");
	ck_assert_uint_eq(events[3].anomalies, 0);
}
END_TEST

START_TEST(a_direction_whose_table_was_shrunk_or_grown_recovers)
{
	const uint8_t sizes[][4] = { { 0x20 }, { 0x3e }, { 0x3f, 0x0a }, { 0x3f, 0xe1, 0x7f } };
	const size_t lengths[] = { 1, 1, 2, 3 };
	size_t from;

	preface();
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 1, sizes[_i], lengths[_i]);
	from = client.size;
	first_request();
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 3, BYTES(0x82, 0x87, 0x84));
	feed(&client, 0, from);
	feed(&client, from + 29, client.size);
	ck_assert_int_eq(seen, 2);
	ck_assert(has(1, EBPFI_HTTP_GAP) && !has(1, EBPFI_HTTP_HPACK_LOST));
	ck_assert_str_eq(text(1, EBPFI_HTTP_TARGET), "/");
}
END_TEST

START_TEST(after_a_gap_at_any_byte_nothing_is_made_up)
{
	size_t at, end;

	conversation();
	for (at = 24; at < client.size; at++)
		for (end = at + 1; end <= client.size; end++) {
			http2_free(h2);
			h2 = http2_new(table);
			seen = 0;
			feed(&client, 0, at);
			feed(&client, end, client.size);
			for (int i = 0; i < seen; i++) {
				ck_assert(!*text(i, EBPFI_HTTP_HOST) || !strcmp(text(i, EBPFI_HTTP_HOST), "www.example.com"));
				ck_assert_msg(!strcmp(text(i, EBPFI_HTTP_METHOD), "GET"), "gap %zu to %zu: %s", at, end,
					      text(i, EBPFI_HTTP_METHOD));
				ck_assert(*text(i, EBPFI_HTTP_HOST) || has(i, EBPFI_HTTP_HPACK_LOST));
			}
		}
}
END_TEST

START_TEST(a_reset_ends_a_transaction_with_its_code)
{
	preface();
	first_request();
	second_request();
	frame(&server, HEADERS, END_HEADERS, 1, BYTES(0x88));
	frame(&server, RST, 0, 1, BYTES(0, 0, 0, 2));
	feed(&client, 0, client.size);
	feed(&server, 0, server.size);
	frame(&client, RST, 0, 3, BYTES(0, 0, 0, 8));
	feed(&client, client.size - 13, client.size);
	ck_assert_int_eq(seen, 4);
	ck_assert(has(2, EBPFI_HTTP_RESET) && events[2].reset_code == 2 && events[2].status == 200);
	ck_assert(has(3, EBPFI_HTTP_RESET) && events[3].reset_code == 8 && events[3].status == 0);
	ck_assert_uint_eq(events[3].src_port, 80);
}
END_TEST

START_TEST(a_pushed_request_is_the_clients)
{
	preface();
	first_request();
	frame(&server, PUSH, END_HEADERS, 1, BYTES(0, 0, 0, 2, 0x82, 0x87, 0x85));
	frame(&server, HEADERS, END_STREAM | END_HEADERS, 2, BYTES(0x88));
	feed(&client, 0, client.size);
	feed(&server, 0, server.size);
	ck_assert_int_eq(seen, 3);
	ck_assert_uint_eq(events[1].event.kind, EBPFI_EVENT_HTTP_REQUEST);
	ck_assert_uint_eq(events[1].number, 2);
	ck_assert_uint_eq(events[1].dst_port, 80);
	ck_assert_str_eq(text(2, EBPFI_HTTP_TARGET), "/index.html");
}
END_TEST

START_TEST(an_interim_response_is_none)
{
	preface();
	first_request();
	frame(&server, HEADERS, END_HEADERS, 1, BYTES(0x08, 3, '1', '0', '3'));
	frame(&server, HEADERS, END_HEADERS | END_STREAM, 1, BYTES(0x88));
	feed(&client, 0, client.size);
	feed(&server, 0, server.size);
	ck_assert_int_eq(seen, 2);
	ck_assert_uint_eq(events[1].status, 200);
}
END_TEST

START_TEST(a_connection_that_ends_cuts_off_what_was_being_answered)
{
	preface();
	first_request();
	second_request();
	frame(&server, HEADERS, END_HEADERS, 1, BYTES(0x88));
	feed(&client, 0, client.size);
	feed(&server, 0, server.size);
	piece_of(7, HTTP2_CLOSED, server.size, NULL, 0);
	ck_assert_int_eq(seen, 3);
	ck_assert(has(2, EBPFI_HTTP_CUT_OFF));
	ck_assert_uint_eq(events[2].number, 1);
}
END_TEST

START_TEST(the_credentials_of_authorization_are_left_out)
{
	preface();
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 1,
	      BYTES(0x82, 0x86, 0x84, 0x0f, 8, 9, 'B', 'a', 's', 'i', 'c', ' ', 'X', 'Y', 'Z'));
	feed(&client, 0, client.size);
	ck_assert_int_eq(seen, 1);
	ck_assert_str_eq(text(0, EBPFI_HTTP_AUTHORIZATION), "Basic");
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

START_TEST(a_path_has_the_anomalies_that_it_would_have_in_http1)
{
	uint8_t block[64] = { 0x82, 0x86, 0x04 };
	size_t length = strlen(paths[_i].path);

	block[3] = (uint8_t)length;
	memcpy(block + 4, paths[_i].path, length);
	preface();
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 1, block, length + 4);
	feed(&client, 0, client.size);
	ck_assert_int_eq(seen, 1);
	ck_assert_str_eq(text(0, EBPFI_HTTP_TARGET), paths[_i].path);
	ck_assert_msg(events[0].anomalies == paths[_i].anomalies, "%s: %llx", paths[_i].path,
		      (unsigned long long)events[0].anomalies);
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

START_TEST(a_field_that_makes_another_message_in_http1_is_an_anomaly)
{
	uint8_t block[64] = { 0x82, 0x86, 0x84, 0x41, 3, 'a', '.', 'b', 0x00 };
	size_t length = strlen(fields[_i].name);

	block[9] = (uint8_t)length;
	memcpy(block + 10, fields[_i].name, length);
	block[10 + length] = (uint8_t)fields[_i].length;
	memcpy(block + 11 + length, fields[_i].value, fields[_i].length);
	preface();
	frame(&client, HEADERS, END_STREAM | END_HEADERS, 1, block, 11 + length + fields[_i].length);
	feed(&client, 0, client.size);
	ck_assert_int_eq(seen, 1);
	ck_assert_str_eq(text(0, EBPFI_HTTP_HOST), "a.b");
	ck_assert_msg(events[0].anomalies == fields[_i].anomalies, "%s: %llx", fields[_i].name,
		      (unsigned long long)events[0].anomalies);
}
END_TEST

START_TEST(the_request_that_was_upgraded_is_stream_1)
{
	struct ebpfi_http upgraded = { .event = { .len = sizeof(upgraded) }, .connection = 7, .number = 4, .status = 101 };

	upgraded.request_time_ns = 900;
	upgraded.grpc_status = -1;
	memcpy(upgraded.text + ebpfi_http_base(EBPFI_HTTP_TARGET), "/up", upgraded.used[EBPFI_HTTP_TARGET] = 3);
	memcpy(upgraded.text + ebpfi_http_base(EBPFI_HTTP_UPGRADE), "h2c", upgraded.used[EBPFI_HTTP_UPGRADE] = 3);
	http2_upgrade(h2, &upgraded);
	preface();
	frame(&server, HEADERS, END_STREAM | END_HEADERS, 1, BYTES(0x88));
	feed(&server, 0, server.size);
	ck_assert_int_eq(seen, 1);
	ck_assert_uint_eq(events[0].number, 1);
	ck_assert_uint_eq(events[0].status, 200);
	ck_assert_uint_eq(events[0].major, 2);
	ck_assert_str_eq(text(0, EBPFI_HTTP_TARGET), "/up");
	ck_assert_uint_eq(events[0].first_byte_ns, 100);
}
END_TEST

START_TEST(what_is_no_http2_is_given_up_with_one_event)
{
	static uint8_t junk[4096];
	size_t i, at;

	memset(junk, 0xff, sizeof(junk));
	preface();
	feed(&client, 0, client.size);
	for (i = 0, at = client.size; i < 600; i++, at += sizeof(junk))
		piece_of(7, HTTP2_TO_SERVER, at, junk, sizeof(junk));
	ck_assert_int_eq(seen, 1);
	ck_assert_uint_eq(events[0].event.kind, EBPFI_EVENT_HTTP_BROKEN);
	ck_assert(has(0, EBPFI_HTTP_BAD_FRAME));
}
END_TEST

START_TEST(the_memory_of_connections_is_bounded)
{
	uint64_t id;

	preface();
	first_request();
	frame(&server, HEADERS, END_STREAM | END_HEADERS, 1, BYTES(0x88));
	for (id = 1; id <= 1025; id++)
		piece_of(id, HTTP2_TO_SERVER, 0, client.bytes, client.size);
	ck_assert_int_eq(seen, 1025);
	seen = 0;
	piece_of(1025, 0, 0, server.bytes, server.size);
	ck_assert(!has(0, EBPFI_HTTP_UNPAIRED));
	piece_of(1, 0, 0, server.bytes, server.size);
	ck_assert(has(1, EBPFI_HTTP_UNPAIRED));
}
END_TEST

START_TEST(the_memory_of_streams_is_bounded)
{
	int i;

	preface();
	feed(&client, 0, client.size);
	for (i = 0; i < 300; i++) {
		uint8_t head[] = { 0,
				   0,
				   3,
				   HEADERS,
				   END_STREAM | END_HEADERS,
				   0,
				   0,
				   (uint8_t)((2 * i + 1) >> 8),
				   (uint8_t)(2 * i + 1),
				   0x82,
				   0x86,
				   0x84 };

		piece_of(7, HTTP2_TO_SERVER, client.size, head, sizeof(head));
		client.size += sizeof(head);
	}
	ck_assert_int_eq(seen, 300);
	seen = 0;
	frame(&server, HEADERS, END_STREAM | END_HEADERS, 1, BYTES(0x88));
	frame(&server, HEADERS, END_STREAM | END_HEADERS, 201, BYTES(0x88));
	feed(&server, 0, server.size);
	ck_assert(has(0, EBPFI_HTTP_UNPAIRED));
	ck_assert(!has(1, EBPFI_HTTP_UNPAIRED));
}
END_TEST

/* Flips bytes of a direction, then hands it over in pieces of any size, some of which are lost. */
static void spoil(const struct stream *s, uint64_t connection, uint16_t flags)
{
	struct stream copy = *s;
	size_t at = 0, size;
	int flips = rand() % 4;

	while (flips--)
		copy.bytes[(size_t)rand() % copy.size] = (uint8_t)rand();
	for (; at < copy.size; at += size) {
		size = 1 + (size_t)rand() % 60;
		if (size > copy.size - at)
			size = copy.size - at;
		if (rand() % 8)
			piece_of(connection, flags, at, copy.bytes + at, size);
	}
}

START_TEST(anything_at_all_gives_whole_events_only)
{
	uint64_t round;
	int i;

	srand((unsigned int)_i + 1);
	conversation();
	for (round = 0; round < 5000; round++) {
		spoil(&client, round, HTTP2_TO_SERVER);
		spoil(&server, round, 0);
		if (rand() % 2)
			piece_of(round, HTTP2_CLOSED | HTTP2_GONE, server.size, NULL, 0);
	}
	ck_assert_int_gt(seen, 1000);
	for (i = 0; i < 64; i++)
		ck_assert(events[i].major == 2 && events[i].event.kind >= EBPFI_EVENT_HTTP_REQUEST);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		transactions_are_reported_with_their_texts_sizes_and_grpc_status,
		a_split_at_any_byte_changes_nothing,
		a_byte_at_a_time_is_enough,
		a_header_block_goes_on_in_continuations_between_padding_and_priority,
		a_body_that_is_left_out_is_counted,
		what_a_lost_header_block_said_is_not_invented,
		after_a_gap_at_any_byte_nothing_is_made_up,
		a_reset_ends_a_transaction_with_its_code,
		a_pushed_request_is_the_clients,
		an_interim_response_is_none,
		a_connection_that_ends_cuts_off_what_was_being_answered,
		the_credentials_of_authorization_are_left_out,
		the_request_that_was_upgraded_is_stream_1,
		what_is_no_http2_is_given_up_with_one_event,
		the_memory_of_connections_is_bounded,
		the_memory_of_streams_is_bounded,
	};
	const TTest *const loops[] = { a_direction_whose_table_was_shrunk_or_grown_recovers,
				       anything_at_all_gives_whole_events_only };
	const TTest *const field_tests[] = { a_field_that_makes_another_message_in_http1_is_an_anomaly };
	const TTest *const path_tests[] = { a_path_has_the_anomalies_that_it_would_have_in_http1 };

	if (!hpack_available())
		skip_all("this build has no libnghttp2");
	return RUN_TESTS("http2", setup, tests) | RUN_LOOPS("http2 in many ways", setup, loops, 4) |
	       RUN_LOOPS("paths of http2", setup, path_tests, sizeof(paths) / sizeof(paths[0])) |
	       RUN_LOOPS("fields of http2", setup, field_tests, sizeof(fields) / sizeof(fields[0]));
}
