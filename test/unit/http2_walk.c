/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The HTTP/2 pieces that the inspector `http` writes on this CPU. */
#include <stdlib.h>
#include <string.h>

#include "http/http2_piece.h"
#include "http_grammar.h"
#include "native_run.h"
#include "runner.h"
#include "segments.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define HEADERS "\0\0\4\1\4\0\0\0\1abcd"
#define DATA_HEAD "\0\2\130\0\1\0\0\0\1" /* 600 bytes, with END_STREAM */
#define SAY(from, text) segments_say(&to, from, ACK | PSH, text, sizeof(text) - 1)

enum { DATA_SIZE = 600, PIECES = 64 };

extern const struct native_inspector native_http;

static struct segments to;
static struct native_run *run;
static uint64_t now;
static size_t snaplen;
static int count, others;
static struct ebpfi_http last; /* of the others */
static struct {
	struct http2_piece head;
	char bytes[HTTP2_PIECE_MAX];
} pieces[PIECES];

static void take(void *ctx, const void *record, size_t size)
{
	const struct ebpfi_event *event = record;

	(void)ctx;
	if (event->kind != HTTP2_PIECE) {
		others++;
		memcpy(&last, record, sizeof(last));
		return;
	}
	ck_assert_int_lt(count, PIECES);
	ck_assert_uint_le(event->len, size);
	ck_assert_uint_le(event->len, sizeof(pieces[0]));
	memcpy(&pieces[count++], record, event->len);
}

/* The memory ends with the frame, so that a sanitizer reports a read past it. */
static void feed(void *ctx, const void *frame, size_t size)
{
	size_t there = snaplen && snaplen < size ? snaplen : size;
	struct pkt p = { .ctx = malloc(there), .len = there, .wire_len = size, .link = LINK_ETHERNET, .segments = 1 };

	(void)ctx;
	memcpy(p.ctx, frame, there);
	native_run_packet(run, &p, now += 1000);
	free(p.ctx);
}

static void begin_unopened(void)
{
	struct http_table *table = http_table_new(true);
	uint32_t only = 0;

	to = (struct segments){ .fn = feed, .client_port = 40000, .server_port = 80, .next = { 1000, 5000 } };
	count = others = 0;
	snaplen = 0;
	run = native_run_new(&native_http, 0, take, NULL);
	ck_assert_int_eq(native_run_put(run, "http_table", &only, table), 0);
	free(table);
	native_run_enter(run);
}

static void begin(void)
{
	begin_unopened();
	segments_open(&to, 1000, 5000);
}

static void end(void)
{
	native_run_leave(run);
	native_run_free(run);
}

static void expect(int n, uint16_t flags, uint64_t position, uint32_t size)
{
	ck_assert_int_lt(n, count);
	ck_assert_uint_eq(pieces[n].head.flags, flags);
	ck_assert_uint_eq(pieces[n].head.position, position);
	ck_assert_uint_eq(pieces[n].head.size, size);
}

START_TEST(pieces_begin_with_the_preface_in_both_directions)
{
	begin();
	SAY(CLIENT, PREFACE SETTINGS HEADERS);
	SAY(SERVER, SETTINGS HEADERS);
	ck_assert_int_eq(count, 2);
	expect(0, HTTP2_TO_SERVER, 18, 6 + 9 + 13);
	ck_assert_mem_eq(pieces[0].bytes, "SM\r\n\r\n" SETTINGS HEADERS, 6 + 9 + 13);
	expect(1, 0, 0, 9 + 13);
	ck_assert_int_eq(others, 0);
	end();
}
END_TEST

START_TEST(unseen_server_begins_with_its_first_seen_byte)
{
	begin_unopened();
	SAY(CLIENT, PREFACE);
	SAY(SERVER, SETTINGS);
	SAY(SERVER, HEADERS);
	ck_assert_int_eq(count, 3);
	expect(1, 0, 0, 9);
	expect(2, 0, 9, 13);
	end();
}
END_TEST

START_TEST(upgrade_switches_both_directions)
{
	begin();
	SAY(CLIENT, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n");
	SAY(SERVER, "HTTP/1.1 101 S\r\nUpgrade: h2c\r\n\r\n" SETTINGS);
	SAY(CLIENT, PREFACE SETTINGS);
	ck_assert_int_eq(others, 2);
	ck_assert_int_eq(count, 2);
	expect(0, 0, 0, 9);
	expect(1, HTTP2_TO_SERVER, 0, 24 + 9);
	end();
}
END_TEST

START_TEST(large_body_is_skipped_at_every_cut)
{
	static char body[sizeof(DATA_HEAD) - 1 + DATA_SIZE + sizeof(HEADERS) - 1] = DATA_HEAD;
	size_t at, size = sizeof(body);
	uint32_t sum;
	int i;

	memcpy(body + 9 + DATA_SIZE, HEADERS, 13);
	for (at = 1; at < size; at++) {
		begin();
		SAY(CLIENT, PREFACE);
		count = 0;
		segments_say(&to, CLIENT, ACK, body, at);
		segments_say(&to, CLIENT, ACK, body + at, size - at);
		for (i = 0, sum = 0; i < count; i++)
			sum += pieces[i].head.size;
		ck_assert_uint_eq(sum, 9 + 13);
		ck_assert_uint_eq(pieces[count - 1].head.position + pieces[count - 1].head.size, 24 + size);
		end();
	}
}
END_TEST

START_TEST(missing_bytes_change_the_position_and_set_a_flag)
{
	begin();
	SAY(CLIENT, PREFACE);
	to.next[CLIENT] += 100;
	SAY(CLIENT, HEADERS);
	snaplen = 14 + 20 + 20 + 13;
	SAY(CLIENT, HEADERS HEADERS);
	SAY(CLIENT, HEADERS);
	ck_assert_int_eq(count, 4);
	expect(1, HTTP2_TO_SERVER | HTTP2_GAP, 124, 13);
	expect(2, HTTP2_TO_SERVER, 137, 13);
	expect(3, HTTP2_TO_SERVER | HTTP2_GAP, 163, 13);
	end();
}
END_TEST

START_TEST(fin_sets_the_end_flags_once_with_and_without_bytes)
{
	begin();
	SAY(CLIENT, PREFACE);
	segments_say(&to, CLIENT, ACK | FIN, HEADERS, 13);
	segments_raw(&to, CLIENT, ACK | FIN, to.next[CLIENT] - 1, "", 0);
	segments_say(&to, SERVER, ACK | FIN, "", 0);
	ck_assert_int_eq(count, 4);
	expect(1, HTTP2_TO_SERVER, 24, 13);
	expect(2, HTTP2_TO_SERVER | HTTP2_CLOSED, 37, 0);
	expect(3, HTTP2_CLOSED | HTTP2_GONE, 0, 0);
	end();
}
END_TEST

START_TEST(reset_sets_the_end_flags)
{
	begin();
	SAY(CLIENT, PREFACE HEADERS);
	SAY(SERVER, SETTINGS);
	segments_raw(&to, SERVER, RST | ACK, to.next[SERVER], "", 0);
	ck_assert_int_eq(count, 3);
	expect(2, HTTP2_CLOSED | HTTP2_GONE | HTTP2_ABORTED, 9, 0);
	ck_assert_int_eq(others, 0);
	end();
}
END_TEST

START_TEST(another_connection_on_the_same_ports_sets_the_end_flags)
{
	begin();
	SAY(CLIENT, PREFACE HEADERS);
	segments_raw(&to, CLIENT, SYN, 900000, "", 0);
	ck_assert_int_eq(count, 2);
	expect(1, HTTP2_TO_SERVER | HTTP2_CLOSED | HTTP2_GONE | HTTP2_REPLACED, 37, 0);
	end();
}
END_TEST

START_TEST(connection_without_preface_is_read_in_both_directions)
{
	begin_unopened();
	SAY(CLIENT, HEADERS);
	SAY(SERVER, "abc" HEADERS);
	SAY(CLIENT, HEADERS);
	ck_assert_int_eq(others, 0);
	ck_assert_int_eq(count, 3);
	expect(0, HTTP2_TO_SERVER | HTTP2_UNDERWAY, 0, 13);
	expect(1, HTTP2_UNDERWAY, 0, 16);
	expect(2, HTTP2_TO_SERVER | HTTP2_UNDERWAY, 13, 13);
	end();
}
END_TEST

START_TEST(lower_port_of_a_connection_without_preface_is_taken_for_the_server)
{
	begin_unopened();
	SAY(SERVER, HEADERS);
	SAY(CLIENT, HEADERS);
	ck_assert_int_eq(count, 2);
	expect(0, HTTP2_UNDERWAY, 0, 13);
	expect(1, HTTP2_TO_SERVER | HTTP2_UNDERWAY, 0, 13);
	end();
}
END_TEST

/* Modbus over TCP is such a protocol: its header may look like that of a frame. */
START_TEST(connection_whose_beginning_was_seen_needs_a_preface)
{
	begin();
	SAY(CLIENT, "\0\0\0\0\0\6\1\3\0\0\0\1");
	SAY(SERVER, HEADERS);
	SAY(CLIENT, HEADERS);
	SAY(SERVER, HEADERS HEADERS);
	ck_assert_int_eq(others + count, 0);
	end();
}
END_TEST

START_TEST(server_without_the_bytes_of_its_client_is_read)
{
	begin();
	SAY(SERVER, SETTINGS);
	SAY(SERVER, HEADERS);
	ck_assert_int_eq(others, 0);
	ck_assert_int_eq(count, 1);
	expect(0, HTTP2_UNDERWAY, 0, 13);
	end();
}
END_TEST

START_TEST(answer_of_http2_to_http1_is_broken_and_the_client_is_read_on)
{
	begin();
	SAY(CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	SAY(SERVER, SETTINGS);
	ck_assert_int_eq(others, 2);
	ck_assert_uint_eq(last.event.kind, EBPFI_EVENT_HTTP_BROKEN);
	ck_assert_uint_eq(last.src_port, 80);
	ck_assert_uint_eq(last.major, 2);
	ck_assert(last.anomalies >> EBPFI_HTTP_BAD_VERSION & 1);
	SAY(CLIENT, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(others, 4); /* the first request is given up */
	ck_assert_uint_eq(last.event.kind, EBPFI_EVENT_HTTP_REQUEST);
	ck_assert_int_eq(count, 0);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pieces_begin_with_the_preface_in_both_directions,
		unseen_server_begins_with_its_first_seen_byte,
		upgrade_switches_both_directions,
		large_body_is_skipped_at_every_cut,
		missing_bytes_change_the_position_and_set_a_flag,
		fin_sets_the_end_flags_once_with_and_without_bytes,
		reset_sets_the_end_flags,
		another_connection_on_the_same_ports_sets_the_end_flags,
		connection_without_preface_is_read_in_both_directions,
		lower_port_of_a_connection_without_preface_is_taken_for_the_server,
		connection_whose_beginning_was_seen_needs_a_preface,
		server_without_the_bytes_of_its_client_is_read,
		answer_of_http2_to_http1_is_broken_and_the_client_is_read_on,
	};

	return RUN_TESTS("pieces of http2", NULL, tests);
}
