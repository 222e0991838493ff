/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Bytes that may be HTTP or not: preambles of other protocols, refused bodies, what is found after unreadable bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation.h"

START_TEST(status_line_of_a_client_does_not_make_it_the_server)
{
	begin();
	talk_say(t, CLIENT, OK);
	ck_assert_uint_eq(talk_event(t, BROKEN, 0)->anomalies, A(BAD_LINE));
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, REQUEST), 1);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->anomalies, A(MIDSTREAM));
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->dst_port, 40000);
	end();
}
END_TEST

/* Found in the middle of a stream, an odd message may be none: the next is doubtful, too, until one is clean. */
START_TEST(doubt_ends_with_a_clean_message)
{
	begin();
	talk_say(t, CLIENT, "\x01\x02\x03");
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, CLIENT, "\x01\x02\x03");
	talk_say(t, CLIENT, "GET  /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	talk_say(t, CLIENT, GET("/3"));
	talk_say(t, CLIENT, GET("/4"));
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, A(MIDSTREAM) | A(ODD_LINE));
	ck_assert_uint_eq(talk_event(t, REQUEST, 2)->anomalies, A(MIDSTREAM));
	ck_assert_uint_eq(talk_event(t, REQUEST, 3)->anomalies, 0);
	end();
}
END_TEST

static const char proxy_v2[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x0a\0\0\1\x0a\0\0\2\x10\1\0\x50";
static const char proxy_v1[] = "PROXY TCP4 10.0.0.1 10.0.0.2 4096 80\r\n";
static const char socks[] = "\5\1\0";

static const struct {
	const char *bytes;
	size_t size;
	bool together; /* with the request, in one segment */
	uint64_t anomalies;
} preambles[] = {
	{ proxy_v1, sizeof(proxy_v1) - 1, true, 0 },       { proxy_v1, sizeof(proxy_v1) - 1, false, 0 },
	{ proxy_v2, sizeof(proxy_v2) - 1, true, 0 },       { proxy_v2, sizeof(proxy_v2) - 1, false, 0 },
	{ socks, sizeof(socks) - 1, false, A(MIDSTREAM) },
};

START_TEST(preamble_loses_nothing)
{
	char text[256];
	size_t size = preambles[_i].size;

	begin();
	memcpy(text, preambles[_i].bytes, size);
	memcpy(text + size, GET("/1"), strlen(GET("/1")));
	if (preambles[_i].together) {
		talk_bytes(t, CLIENT, text, size + strlen(GET("/1")), 0);
	} else {
		talk_bytes(t, CLIENT, text, size, 0);
		talk_bytes(t, SERVER, "\5\0", preambles[_i].bytes == socks ? 2 : 0, 0);
		talk_say(t, CLIENT, GET("/1"));
	}
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, REQUEST), 1);
	ck_assert_int_eq(talk_count(t, BROKEN), 0);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->anomalies, preambles[_i].anomalies);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, preambles[_i].anomalies);
	end();
}
END_TEST

#define PUT "PUT /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"

START_TEST(request_after_a_refused_body_is_read_and_marked)
{
	begin();
	talk_say(t, CLIENT, PUT);
	talk_say(t, SERVER, "HTTP/1.1 417 X\r\nContent-Length: 0\r\n\r\n");
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, BROKEN), 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(REFUSED));
	ck_assert(talk_is(talk_event(t, REQUEST, 1), EBPFI_HTTP_TARGET, "/2"));
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, A(REFUSED));
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	end();
}
END_TEST

START_TEST(refused_body_that_comes_nevertheless_does_not_shift_the_pairs)
{
	begin();
	talk_say(t, CLIENT, PUT);
	talk_say(t, SERVER, "HTTP/1.1 417 X\r\nContent-Length: 0\r\n\r\n");
	talk_say(t, CLIENT, "\x01\x02\x03\x04\x05");
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert(talk_event(t, BROKEN, 0)->anomalies & A(REFUSED));
	ck_assert(talk_is(talk_event(t, REQUEST, 1), EBPFI_HTTP_TARGET, "/2"));
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, talk_event(t, REQUEST, 1)->number);
	end();
}
END_TEST

START_TEST(body_after_100_continue_is_read)
{
	begin();
	talk_say(t, CLIENT, PUT);
	talk_say(t, SERVER, "HTTP/1.1 100 Continue\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n");
	talk_say(t, CLIENT, "GET /" GET("/2"));
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, 0);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		status_line_of_a_client_does_not_make_it_the_server,
		doubt_ends_with_a_clean_message,
		request_after_a_refused_body_is_read_and_marked,
		refused_body_that_comes_nevertheless_does_not_shift_the_pairs,
		body_after_100_continue_is_read,
	};
	const TTest *const loops[] = { preamble_loses_nothing };

	return RUN_TESTS("http_doubt", NULL, tests) |
	       RUN_LOOPS("http_doubt, preambles", NULL, loops, sizeof(preambles) / sizeof(preambles[0]));
}
