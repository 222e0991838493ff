/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Which request a response answers, when messages or whole directions were not seen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation.h"

/* Request 2 is lost. The response to it must not become that of request 3. */
START_TEST(response_after_a_gap_never_gets_another_request)
{
	begin();
	talk_say(t, CLIENT, GET("/1") GET("/2"));
	lose_bytes(CLIENT, 30);
	talk_say(t, CLIENT, GET("/4"));
	talk_say(t, SERVER, OK OK "HTTP/1.1 203 X\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 X\r\n\r\n");
	ck_assert_int_eq(talk_count(t, RESPONSE), 4);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 2)->number, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 3)->number, 0);
	ck_assert(talk_event(t, RESPONSE, 3)->anomalies & A(UNPAIRED));
	end();
}
END_TEST

START_TEST(lost_responses_do_not_shift_the_others)
{
	begin();
	talk_say(t, CLIENT, GET("/1"));
	lose_bytes(SERVER, 77);
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, "HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n");
	talk_say(t, CLIENT, GET("/3"));
	talk_say(t, SERVER, "HTTP/1.1 203 X\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 2); /* the second request acknowledges the byte before it */
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 3);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->anomalies, 0);
	end();
}
END_TEST

/* The rest of the first response was not seen, and the second begins where the second request's ACK says. */
START_TEST(lost_rest_of_a_response_leaves_both_paired)
{
	begin();
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, "HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	lose_bytes(SERVER, 5);
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, RESPONSE), 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(GAP));
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->response_bytes, 5);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->anomalies, 0);
	end();
}
END_TEST

START_TEST(request_on_an_old_connection_is_paired_by_its_ack)
{
	t = talk_new(0);
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, SERVER, OK);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->anomalies, A(MIDSTREAM));
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(MIDSTREAM));
	end();
}
END_TEST

/* More requests are in flight than the entry has room for: the other responses are marked as unpaired. */
START_TEST(too_many_requests_in_flight_are_never_paired_wrongly)
{
	enum { N = 50, ROOM = 32 };
	char text[64];
	int i;

	begin();
	for (i = 1; i <= N; i++) {
		snprintf(text, sizeof(text), GET("/%d"), i);
		talk_say(t, CLIENT, text);
	}
	for (i = 1; i <= N; i++) {
		snprintf(text, sizeof(text), "HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n", 200 + i);
		talk_say(t, SERVER, text);
	}
	ck_assert_int_eq(talk_count(t, RESPONSE), N);
	for (i = 1; i <= N; i++) {
		const struct ebpfi_http *response = talk_event(t, RESPONSE, i - 1);

		ck_assert_uint_eq(response->status, 200 + i);
		ck_assert_uint_eq(response->number, i > N - ROOM ? i : 0);
		ck_assert_uint_eq(response->anomalies, i > N - ROOM ? 0 : A(UNPAIRED));
	}
	end();
}
END_TEST

/* This happens if one direction is attached before the other. */
START_TEST(client_seen_before_the_server_is_paired_later)
{
	t = talk_new(0);
	talk_say(t, CLIENT, GET("/1"));
	lose_bytes(SERVER, 77);
	talk_say(t, CLIENT, GET("/2"));
	lose_bytes(SERVER, 77);
	talk_say(t, CLIENT, GET("/3"));
	talk_say(t, SERVER, OK);
	talk_say(t, CLIENT, GET("/4"));
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(talk_count(t, REQUEST), 4);
	ck_assert_int_eq(talk_count(t, RESPONSE), 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 3);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, A(MIDSTREAM));
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 4);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->anomalies, 0);
	end();
}
END_TEST

/* It is unknown which of them the server had answered before it was seen. */
START_TEST(requests_pipelined_before_the_server_was_seen_stay_unpaired)
{
	t = talk_new(0);
	talk_say(t, CLIENT, GET("/1"));
	talk_say(t, CLIENT, GET("/2"));
	talk_say(t, SERVER, OK);
	talk_say(t, CLIENT, GET("/3"));
	talk_say(t, SERVER, OK OK);
	ck_assert_int_eq(talk_count(t, RESPONSE), 3);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->number, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 0);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 2)->number, 0);
	end();
}
END_TEST

START_TEST(response_without_its_request_is_marked)
{
	t = talk_new(0);
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(t->count, 1);
	ck_assert_uint_eq(t->events[0].http.anomalies, A(MIDSTREAM) | A(UNPAIRED));
	ck_assert_uint_eq(t->events[0].http.number, 0);
	ck_assert_uint_eq(t->events[0].http.first_byte_ns, 0);
	ck_assert_uint_eq(t->events[0].http.duration_ns, 0);
	end();
}
END_TEST

START_TEST(early_response_is_paired_with_its_incomplete_request)
{
	const struct ebpfi_http *response;

	begin();
	talk_say(t, CLIENT, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n12345");
	talk_say(t, SERVER, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
	response = talk_event(t, RESPONSE, 0);
	ck_assert_uint_eq(response->number, 1);
	ck_assert_uint_eq(response->request_bytes, 5);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		response_after_a_gap_never_gets_another_request,
		lost_responses_do_not_shift_the_others,
		lost_rest_of_a_response_leaves_both_paired,
		request_on_an_old_connection_is_paired_by_its_ack,
		too_many_requests_in_flight_are_never_paired_wrongly,
		client_seen_before_the_server_is_paired_later,
		requests_pipelined_before_the_server_was_seen_stay_unpaired,
		response_without_its_request_is_marked,
		early_response_is_paired_with_its_incomplete_request,
	};

	return RUN_TESTS("http_pairing", NULL, tests);
}
