/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* State that a message leaves behind does not change the events about the next message. */
#include "runner.h"
#include "talk.h"

#define A(name) (1ULL << EBPFI_HTTP_##name)
#define POST_CHUNKED "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

enum { REQUEST = EBPFI_EVENT_HTTP_REQUEST, RESPONSE = EBPFI_EVENT_HTTP_RESPONSE, BROKEN = EBPFI_EVENT_HTTP_BROKEN };

static struct talk *t;

static void begin(void)
{
	t = talk_new(0);
	talk_open(t);
}

START_TEST(upgrade_does_not_hide_its_own_request)
{
	const struct ebpfi_http *broken;

	begin();
	talk_say(t, CLIENT,
		 "POST /x HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: c\r\n\r\nabc");
	broken = talk_event(t, BROKEN, 0) ? talk_event(t, BROKEN, 0) : talk_event(t, REQUEST, 0);
	ck_assert_ptr_nonnull(broken);
	ck_assert(talk_is(broken, EBPFI_HTTP_TARGET, "/x"));
	ck_assert_uint_eq(broken->anomalies & A(BAD_CODING), A(BAD_CODING));
	talk_free(t);
}
END_TEST

START_TEST(refused_connect_does_not_change_the_next_request)
{
	begin();
	talk_say(t, CLIENT, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
	talk_say(t, CLIENT, "GET /x HTTP/1.1\r\nHost: b\r\n\r\n");
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert(talk_is(talk_event(t, REQUEST, 1), EBPFI_HTTP_METHOD, "GET"));
	ck_assert(talk_is(talk_event(t, REQUEST, 1), EBPFI_HTTP_TARGET, "/x"));
	ck_assert(talk_is(talk_event(t, REQUEST, 1), EBPFI_HTTP_HOST, "b"));
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, 0);
	talk_free(t);
}
END_TEST

/* RFC 9112 7.1: recipients must not wrap around. */
START_TEST(chunk_of_two_to_the_64_is_not_the_last)
{
	begin();
	talk_say(t, CLIENT, POST_CHUNKED "10000000000000000\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(talk_count(t, REQUEST), 1);
	ck_assert_int_eq(talk_count(t, BROKEN), 1);
	ck_assert_uint_eq(talk_event(t, BROKEN, 0)->anomalies, A(BAD_CHUNK));
	talk_free(t);
}
END_TEST

START_TEST(leading_zeros_are_told_and_do_not_change_a_length)
{
	begin();
	talk_say(t, CLIENT,
		 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 00000000000000000000000000000003\r\n\r\nabc"
		 "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->anomalies, A(ODD_LENGTH));
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->anomalies, 0);
	talk_free(t);
}
END_TEST

START_TEST(anomaly_of_a_body_is_reported_without_a_response)
{
	begin();
	talk_say(t, CLIENT, POST_CHUNKED "1\na\r\n0\r\n\r\n");
	ck_assert_int_eq(talk_count(t, REQUEST), 1);
	ck_assert_int_eq(talk_count(t, BROKEN), 1);
	ck_assert_uint_ne(talk_smuggling(talk_event(t, BROKEN, 0)->anomalies), 0);
	talk_free(t);
}
END_TEST

START_TEST(status_below_100_is_a_response)
{
	begin();
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n");
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->status, 99);
	talk_free(t);
}
END_TEST

START_TEST(trailers_do_not_replace_headers)
{
	begin();
	talk_say(t, CLIENT, POST_CHUNKED "1\na\r\n0\r\nHost: other\r\n\r\n");
	ck_assert_int_eq(talk_count(t, BROKEN), 1);
	ck_assert(talk_is(talk_event(t, BROKEN, 0), EBPFI_HTTP_HOST, "a"));
	talk_free(t);
}
END_TEST

START_TEST(interim_response_leaves_the_stream_anomalies_to_the_final_one)
{
	begin();
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	t->to.next[SERVER] += 10;
	talk_say(t, SERVER, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies & A(GAP), A(GAP));
	talk_free(t);
}
END_TEST

START_TEST(room_after_a_text_is_zero)
{
	const struct ebpfi_http *request;
	unsigned int length;
	const char *host;

	begin();
	talk_say(t, CLIENT,
		 "GET /a/long/target HTTP/1.1\r\nHost: abcdefg.example\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n");
	request = talk_event(t, REQUEST, 1);
	host = http_field_text(request, EBPFI_HTTP_HOST, &length);
	for (; length < http_text_room(EBPFI_HTTP_HOST); length++)
		ck_assert_int_eq(host[length], 0);
	talk_free(t);
}
END_TEST

START_TEST(bytes_without_a_message_have_no_text)
{
	const struct ebpfi_http *broken;
	size_t i;

	begin();
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n\r\n");
	talk_say(t, CLIENT, "\x01garbage");
	broken = talk_event(t, BROKEN, 0);
	ck_assert_ptr_nonnull(broken);
	for (i = 0; i < HTTP_RECORD_TEXT; i++)
		ck_assert_int_eq(http_text_at(broken, 0)[i], 0);
	talk_free(t);
}
END_TEST

START_TEST(clock_that_is_set_back_leaves_durations_of_zero)
{
	const struct ebpfi_http *response;

	begin();
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	t->now -= 3000;
	talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
	response = talk_event(t, RESPONSE, 0);
	ck_assert_uint_eq(response->first_byte_ns, 0);
	ck_assert_uint_eq(response->duration_ns, 0);
	talk_free(t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		clock_that_is_set_back_leaves_durations_of_zero,
		upgrade_does_not_hide_its_own_request,
		refused_connect_does_not_change_the_next_request,
		chunk_of_two_to_the_64_is_not_the_last,
		leading_zeros_are_told_and_do_not_change_a_length,
		anomaly_of_a_body_is_reported_without_a_response,
		status_below_100_is_a_response,
		trailers_do_not_replace_headers,
		interim_response_leaves_the_stream_anomalies_to_the_final_one,
		room_after_a_text_is_zero,
		bytes_without_a_message_have_no_text,
	};

	return RUN_TESTS("leftovers", NULL, tests);
}
