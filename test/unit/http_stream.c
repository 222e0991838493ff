/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP over TCP segments that are repeated, late, lost or cut, and connections that begin and end in any way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation.h"

/* The events are one clean exchange only. */
static void expect_one_clean(const char *what)
{
	ck_assert_msg(talk_count(t, REQUEST) == 1, "%s: %d requests", what, talk_count(t, REQUEST));
	ck_assert_msg(talk_count(t, RESPONSE) == 1, "%s: %d responses", what, talk_count(t, RESPONSE));
	ck_assert_msg(t->count == 2, "%s: %d events", what, t->count);
	ck_assert_msg(!talk_event(t, REQUEST, 0)->anomalies, "%s", what);
	ck_assert_msg(!talk_event(t, RESPONSE, 0)->anomalies, "%s", what);
	ck_assert_msg(talk_event(t, RESPONSE, 0)->number == 1, "%s", what);
}

static void resend(int from, uint32_t seq, const char *text)
{
	segments_raw(&t->to, from, ACK | PSH, seq, text, strlen(text));
}

START_TEST(retransmission_is_read_once)
{
	uint32_t client, server;

	begin();
	client = t->to.next[CLIENT];
	server = t->to.next[SERVER];
	talk_say(t, CLIENT, GET("/"));
	resend(CLIENT, client, GET("/"));
	resend(CLIENT, client + 5, "HTTP/1.1");
	talk_say(t, SERVER, OK);
	resend(SERVER, server, OK);
	expect_one_clean("again");
	end();
}
END_TEST

START_TEST(overlapping_segment_adds_only_its_new_bytes)
{
	static const char request[] = GET("/overlap");
	uint32_t seq;
	size_t cut, back;

	begin();
	for (cut = 1; cut < sizeof(request) - 1; cut++)
		for (back = 1; back <= cut; back += 3) {
			talk_open(t);
			seq = t->to.next[CLIENT];
			talk_bytes(t, CLIENT, request, cut, 0);
			resend(CLIENT, seq + (uint32_t)(cut - back), request + cut - back);
			t->to.next[CLIENT] = seq + sizeof(request) - 1;
			talk_say(t, SERVER, OK);
			expect_one_clean("overlap");
		}
	end();
}
END_TEST

START_TEST(sequence_numbers_wrap)
{
	uint32_t back;

	begin();
	for (back = 1; back < 40; back++) {
		t->count = 0;
		segments_open(&t->to, -back, -back / 2);
		talk_bytes(t, CLIENT, GET("/wrap"), strlen(GET("/wrap")), 3);
		talk_bytes(t, SERVER, OK, strlen(OK), 3);
		expect_one_clean("wrap");
	}
	end();
}
END_TEST

START_TEST(keep_alive_probe_adds_no_bytes)
{
	begin();
	talk_say(t, CLIENT, GET("/"));
	segments_raw(&t->to, CLIENT, ACK, t->to.next[CLIENT] - 1, "\0", 1);
	segments_raw(&t->to, CLIENT, ACK, t->to.next[CLIENT] - 1, NULL, 0);
	talk_say(t, SERVER, OK);
	segments_raw(&t->to, SERVER, ACK, t->to.next[SERVER] - 1, NULL, 0);
	expect_one_clean("probe");
	end();
}
END_TEST

START_TEST(message_after_lost_segments_is_found)
{
	begin();
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, OK);
	lose_bytes(CLIENT, 100);
	lose_bytes(SERVER, 50);
	talk_say(t, CLIENT, GET("/3"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_int_eq(talk_count(t, RESPONSE), 2);
	ck_assert(talk_is(talk_event(t, REQUEST, 1), EBPFI_HTTP_TARGET, "/3"));
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, A(GAP));
	end();
}
END_TEST

START_TEST(head_with_a_gap_is_reported)
{
	const struct ebpfi_http *broken;

	begin();
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, OK);
	talk_say(t, CLIENT, "GET /2 HTTP/1.1\r\nHost");
	lose_bytes(CLIENT, 10);
	talk_say(t, CLIENT, GET("/3"));
	broken = talk_event(t, BROKEN, 0);
	ck_assert(broken);
	ck_assert(broken->anomalies & A(GAP));
	ck_assert(talk_is(broken, EBPFI_HTTP_TARGET, "/2"));
	ck_assert_uint_eq(broken->number, 2);
	ck_assert(talk_event(t, REQUEST, 1)->anomalies & A(GAP));
	end();
}
END_TEST

START_TEST(gap_in_a_body_of_known_length_is_counted)
{
	const struct ebpfi_http *response;

	begin();
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345");
	lose_bytes(SERVER, 90);
	talk_say(t, SERVER, "67890");
	response = talk_event(t, RESPONSE, 0);
	ck_assert(response);
	ck_assert_uint_eq(response->response_bytes, 100);
	ck_assert_uint_eq(response->anomalies, A(GAP));
	ck_assert_uint_eq(response->number, 1);
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->anomalies, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	end();
}
END_TEST

START_TEST(body_without_its_end_ends_before_the_next_message)
{
	begin();
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345");
	lose_bytes(SERVER, 95);
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, RESPONSE), 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->response_bytes, 100);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(GAP));
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->anomalies, 0);
	end();
}
END_TEST

START_TEST(gap_in_chunks_ends_and_marks_the_message)
{
	begin();
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	lose_bytes(SERVER, 20);
	talk_say(t, SERVER, "rest of it\r\n0\r\n\r\n");
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->status, 200);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(GAP));
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, RESPONSE), 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	end();
}
END_TEST

START_TEST(body_that_ends_within_a_gap_is_counted_whole)
{
	begin();
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, "HTTP/1.1 201 X\r\nContent-Length: 12\r\n\r\n1234");
	lose_bytes(SERVER, 20);
	talk_say(t, SERVER, "the rest of something");
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->response_bytes, 12);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(GAP));
	end();
}
END_TEST

START_TEST(connection_is_read_from_its_middle)
{
	t = talk_new(0);
	t->to.next[CLIENT] = 5000;
	t->to.next[SERVER] = 9000;
	talk_say(t, SERVER, "the rest of a body");
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, OK);
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_int_eq(talk_count(t, RESPONSE), 2);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->anomalies, A(MIDSTREAM));
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->anomalies, 0);
	end();
}
END_TEST

static const struct {
	const char *request, *response;
	int flags, from; /* of the segment that ends it */
	int kind;        /* of the last event */
	uint64_t anomalies;
} ends[] = {
	{ "GET / HTTP/1.1\r\nHos", "", FIN | ACK, CLIENT, BROKEN, A(CUT_OFF) },
	{ "GET / HTTP/1.1\r\nHos", "", RST, CLIENT, BROKEN, A(CUT_OFF) },
	{ "GET / HTTP/1.1\r\nHos", "", RST, SERVER, BROKEN, A(CUT_OFF) },
	{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", "", FIN | ACK, CLIENT, BROKEN, A(CUT_OFF) },
	{ GET("/"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", FIN | ACK, SERVER, RESPONSE, A(CUT_OFF) },
	{ GET("/"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", RST, SERVER, RESPONSE, A(CUT_OFF) },
	{ GET("/"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", RST, CLIENT, RESPONSE, A(CUT_OFF) },
	{ GET("/"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", SYN, CLIENT, RESPONSE, A(CUT_OFF) },
	{ GET("/"), "HTTP/1.1 200 OK\r\n\r\nab", FIN | ACK, SERVER, RESPONSE, 0 },
	{ GET("/"), "HTTP/1.1 200 OK\r\n\r\nab", RST, SERVER, RESPONSE, A(CUT_OFF) },
	{ GET("/"), "HTTP/1.1 200 OK\r\nX", RST, SERVER, BROKEN, A(CUT_OFF) },
	{ GET("/"), OK, RST, SERVER, RESPONSE, 0 },
	{ GET("/"), "", RST, SERVER, REQUEST, 0 },
};

START_TEST(end_of_a_connection_reports_the_message_it_cuts_off)
{
	const struct ebpfi_http *last;

	begin();
	talk_say(t, CLIENT, ends[_i].request);
	talk_say(t, SERVER, ends[_i].response);
	segments_raw(&t->to, ends[_i].from, ends[_i].flags, t->to.next[ends[_i].from] + (ends[_i].flags == SYN ? 99999 : 0),
		     NULL, 0);
	last = &t->events[t->count - 1].http;
	ck_assert_int_eq(last->event.kind, ends[_i].kind);
	ck_assert_uint_eq(last->anomalies, ends[_i].anomalies);
	ck_assert_uint_eq(last->src_port, last->event.kind == RESPONSE || last->status ? 80 : 40000);
	end();
}
END_TEST

START_TEST(fin_after_a_gap_does_not_complete_a_body)
{
	begin();
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\n\r\nab");
	lose_bytes(SERVER, 10);
	segments_say(&t->to, SERVER, FIN | ACK, NULL, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(GAP));
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->response_bytes, 12);
	end();
}
END_TEST

START_TEST(half_closed_connection_is_read_on)
{
	begin();
	talk_say(t, CLIENT, GET("/"));
	segments_say(&t->to, CLIENT, FIN | ACK, NULL, 0);
	talk_say(t, SERVER, OK);
	segments_say(&t->to, SERVER, FIN | ACK, NULL, 0);
	expect_one_clean("half closed");
	end();
}
END_TEST

START_TEST(retransmission_after_the_end_is_not_read_again)
{
	uint32_t client, server;

	begin();
	client = t->to.next[CLIENT];
	server = t->to.next[SERVER];
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, OK);
	segments_close(&t->to);
	resend(SERVER, server, OK);
	resend(CLIENT, client, GET("/"));
	expect_one_clean("after the end");
	end();
}
END_TEST

START_TEST(reused_ports_begin_a_new_connection)
{
	int i;

	begin();
	for (i = 1; i <= 5; i++) {
		segments_open(&t->to, (uint32_t)i * 0x30000000, (uint32_t)i * 0x50000000);
		talk_say(t, CLIENT, GET("/"));
		talk_say(t, SERVER, OK);
		if (i % 2)
			segments_close(&t->to);
		ck_assert_int_eq(t->count, 2 * i);
		ck_assert_uint_eq(talk_event(t, RESPONSE, i - 1)->number, 1);
		ck_assert_uint_eq(talk_event(t, RESPONSE, i - 1)->anomalies, 0);
	}
	ck_assert(t->events[0].http.connection != t->events[2].http.connection);
	end();
}
END_TEST

/* The capture lacks the SYN; the sequence numbers are far behind those of the last connection. */
START_TEST(reused_ports_without_a_syn_begin_a_new_connection)
{
	begin();
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, OK);
	t->to.next[CLIENT] -= 0x40000000;
	t->to.next[SERVER] -= 0x40000000;
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_int_eq(talk_count(t, RESPONSE), 2);
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, A(MIDSTREAM));
	end();
}
END_TEST

START_TEST(data_with_a_syn_is_read_once)
{
	uint32_t syn;

	t = talk_new(0);
	t->to.next[CLIENT] = syn = 1000;
	t->to.next[SERVER] = 9000;
	segments_say(&t->to, CLIENT, SYN, GET("/fast"), strlen(GET("/fast")));
	segments_raw(&t->to, CLIENT, SYN, syn, GET("/fast"), strlen(GET("/fast")));
	segments_say(&t->to, SERVER, SYN | ACK, NULL, 0);
	resend(CLIENT, syn + 1, GET("/fast"));
	talk_say(t, SERVER, OK);
	expect_one_clean("fast open");
	end();
}
END_TEST

START_TEST(super_packets_are_read_whole)
{
	enum { SIZE = 65000 };
	static char text[SIZE + 1];
	int at = 0, n = 0;

	begin();
	while (at + 460 < SIZE)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "GET /%d HTTP/1.1\r\nHost: a\r\nX: %0400d\r\n\r\n", ++n,
			       0);
	ck_assert_int_le(at, SIZE);
	ck_assert_int_lt(n, TALK_EVENTS);
	talk_bytes(t, CLIENT, text, (size_t)at, 0);
	ck_assert_int_eq(talk_count(t, REQUEST), n);
	end();
}
END_TEST

/* Chunks of one byte take the most passes per segment. */
START_TEST(super_packet_of_the_smallest_chunks_is_read_whole)
{
	enum { CHUNKS = 10000 };
	static char text[CHUNKS * 6 + 1];
	int i;

	begin();
	talk_say(t, CLIENT, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < CHUNKS; i++)
		memcpy(text + i * 6, "1\r\nx\r\n", 6);
	talk_bytes(t, CLIENT, text, CHUNKS * 6, 0);
	talk_say(t, CLIENT, "0\r\n\r\n" GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->request_bytes, CHUNKS);
	end();
}
END_TEST

START_TEST(short_snaplen_leaves_gaps)
{
	const struct ebpfi_http *response;

	begin();
	t->snaplen = 110;
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER,
		 "HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n"
		 "01234567890123456789012345678901234567890123456789012345678901234567890123456789");
	response = talk_event(t, RESPONSE, 0);
	ck_assert(response);
	ck_assert_uint_eq(response->response_bytes, 80);
	ck_assert_uint_eq(response->anomalies, A(GAP));
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		retransmission_is_read_once,
		overlapping_segment_adds_only_its_new_bytes,
		sequence_numbers_wrap,
		keep_alive_probe_adds_no_bytes,
		message_after_lost_segments_is_found,
		head_with_a_gap_is_reported,
		gap_in_a_body_of_known_length_is_counted,
		body_without_its_end_ends_before_the_next_message,
		gap_in_chunks_ends_and_marks_the_message,
		body_that_ends_within_a_gap_is_counted_whole,
		connection_is_read_from_its_middle,
		fin_after_a_gap_does_not_complete_a_body,
		half_closed_connection_is_read_on,
		retransmission_after_the_end_is_not_read_again,
		reused_ports_begin_a_new_connection,
		reused_ports_without_a_syn_begin_a_new_connection,
		data_with_a_syn_is_read_once,
		super_packets_are_read_whole,
		super_packet_of_the_smallest_chunks_is_read_whole,
		short_snaplen_leaves_gaps,
	};
	const TTest *const cut[] = { end_of_a_connection_reports_the_message_it_cuts_off };

	return RUN_TESTS("streams", NULL, tests) | RUN_LOOPS("ends", NULL, cut, sizeof(ends) / sizeof(ends[0]));
}
