/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The receiver may ignore a forged RST or SYN that ends the connection for the inspector. Later messages are marked, so that bytes of a
 * body cannot become a clean request.
 */
#include <ebpfinspect/event.h>
#include <string.h>

#include "native_run.h"
#include "runner.h"
#include "talk.h"

#define A(name) (1ULL << EBPFI_HTTP_##name)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
#define OK "HTTP/1.1 204 No Content\r\n\r\n"

enum { REQUEST = EBPFI_EVENT_HTTP_REQUEST, RESPONSE = EBPFI_EVENT_HTTP_RESPONSE };

static struct talk *t;

/* The client is inside a body. */
static void begin(void)
{
	t = talk_new(0);
	talk_open(t);
	talk_say(t, CLIENT, POST "abc");
}

static void check_hidden(void)
{
	const struct ebpfi_http *hidden = talk_event(t, REQUEST, 1);

	ck_assert(!hidden || hidden->anomalies & A(MIDSTREAM));
	talk_free(t);
}

static const struct {
	int from, flags;
	int32_t off; /* from the sender's next sequence number */
} aborts[] = {
	{ CLIENT, RST, 0 },       { CLIENT, RST, 5000 }, { CLIENT, RST, -70000 }, { CLIENT, RST | ACK, 1 << 30 },
	{ SERVER, RST, 0 },       { SERVER, RST, 77 },   { CLIENT, SYN, -1 },     { CLIENT, SYN, 5000 },
	{ CLIENT, SYN, 1 << 30 }, { SERVER, SYN, 0 },    { SERVER, SYN, 12345 },
};

START_TEST(request_in_a_body_behind_an_abort_is_marked)
{
	begin();
	segments_raw(&t->to, aborts[_i].from, aborts[_i].flags, t->to.next[aborts[_i].from] + (uint32_t)aborts[_i].off, NULL,
		     0);
	talk_say(t, CLIENT, GET("/hidden"));
	check_hidden();
}
END_TEST

START_TEST(syn_behind_a_rst_does_not_clear_the_mark)
{
	begin();
	segments_raw(&t->to, CLIENT, RST, t->to.next[CLIENT] + 3, NULL, 0);
	segments_raw(&t->to, CLIENT, SYN, t->to.next[CLIENT] - 1, NULL, 0);
	talk_say(t, CLIENT, GET("/hidden"));
	check_hidden();
}
END_TEST

/* A server answers a SYN within a connection by a plain ACK (RFC 5961), never by a SYN-ACK. */
START_TEST(handshake_that_the_server_answers_begins_a_clean_connection)
{
	begin();
	segments_open(&t->to, t->to.next[CLIENT] + 1000000, t->to.next[SERVER] + 1000000);
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, OK);
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 1);
	talk_free(t);
}
END_TEST

START_TEST(syn_ack_of_another_syn_does_not_clear_the_mark)
{
	begin();
	segments_raw(&t->to, CLIENT, SYN, t->to.next[CLIENT] - 1, NULL, 0);
	t->to.next[CLIENT] += 9;
	segments_raw(&t->to, SERVER, SYN | ACK, 4711, NULL, 0);
	t->to.next[CLIENT] -= 9;
	talk_say(t, CLIENT, GET("/hidden"));
	check_hidden();
}
END_TEST

/* XDP sees only the client, so no server answers. */
START_TEST(ports_of_a_client_that_closed_are_used_again_without_a_mark)
{
	t = talk_new(0);
	talk_open(t);
	talk_say(t, CLIENT, GET("/1"));
	segments_say(&t->to, CLIENT, FIN | ACK, NULL, 0);
	t->to.next[CLIENT] += 1000000;
	segments_say(&t->to, CLIENT, SYN, NULL, 0);
	talk_say(t, CLIENT, GET("/2"));
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, 0);
	talk_free(t);
}
END_TEST

START_TEST(response_behind_an_abort_is_marked)
{
	t = talk_new(0);
	talk_open(t);
	talk_say(t, CLIENT, GET("/1"));
	segments_raw(&t->to, CLIENT, RST, t->to.next[CLIENT] + 50, NULL, 0);
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies & A(MIDSTREAM), A(MIDSTREAM));
	talk_free(t);
}
END_TEST

int main(void)
{
	const TTest *const looped[] = { request_in_a_body_behind_an_abort_is_marked };
	const TTest *const tests[] = {
		syn_behind_a_rst_does_not_clear_the_mark,
		handshake_that_the_server_answers_begins_a_clean_connection,
		syn_ack_of_another_syn_does_not_clear_the_mark,
		ports_of_a_client_that_closed_are_used_again_without_a_mark,
		response_behind_an_abort_is_marked,
	};

	return RUN_LOOPS("abort", NULL, looped, sizeof(aborts) / sizeof(aborts[0])) | RUN_TESTS("marks", NULL, tests);
}
