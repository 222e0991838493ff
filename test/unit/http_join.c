/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_join.h"

#include <stdio.h>
#include <string.h>

#include "http/record.h"
#include "runner.h"

enum { PLACES = 16384, WHOLE = sizeof(struct http_record) };

static struct join *join;
static struct http_record record;
static int emitted;
static struct ebpfi_http last; /* the last event, without its texts */

static void collect(void *to, const struct ebpfi_event *event)
{
	ck_assert_ptr_eq(to, join);
	emitted++;
	memcpy(&last, event, event->len < sizeof(last) ? event->len : sizeof(last));
}

static void setup(void)
{
	join = http_join_new();
	ck_assert_ptr_nonnull(join);
	emitted = 0;
}

static void begin(uint16_t kind, uint64_t connection, uint32_t number)
{
	memset(&record, 0, sizeof(record));
	record.http.event.kind = kind;
	record.http.event.len = WHOLE;
	record.http.connection = connection;
	record.http.number = number;
	record.http.text_offset = sizeof(record.http);
}

static void put(enum ebpfi_http_field field, const char *text)
{
	size_t size = strlen(text), room = http_text_room(field);

	record.http.used[field] = (uint16_t)size;
	memcpy(http_text_at(&record.http, field), text, size < room ? size : room);
}

static const struct ebpfi_event *put_in(void)
{
	return http_join(join, &record.http.event, collect, join);
}

static void ask(uint64_t connection, uint32_t number, const char *target)
{
	begin(EBPFI_EVENT_HTTP_REQUEST, connection, number);
	put(EBPFI_HTTP_METHOD, "GET");
	put(EBPFI_HTTP_TARGET, target);
	ck_assert_ptr_eq(put_in(), &record.http.event);
}

/* A response's record has only the first two texts. */
static const struct ebpfi_http *answer(uint64_t connection, uint32_t number)
{
	begin(EBPFI_EVENT_HTTP_RESPONSE, connection, number);
	put(EBPFI_HTTP_CONTENT_TYPE, "text/html");
	record.http.status = 200;
	record.http.event.len = WHOLE - sizeof(record.text) + 112;
	return (const struct ebpfi_http *)put_in();
}

static void has(const struct ebpfi_http *http, enum ebpfi_http_field field, const char *text)
{
	unsigned int size;
	const char *there = http_field_text(http, field, &size);

	ck_assert_uint_eq(http->used[field], strlen(text));
	ck_assert_msg(size <= strlen(text) && !memcmp(there, text, size), "%.*s", (int)size, there);
}

START_TEST(response_gets_its_requests_texts_and_anomalies)
{
	const struct ebpfi_http *http;

	begin(EBPFI_EVENT_HTTP_REQUEST, 7, 1);
	put(EBPFI_HTTP_METHOD, "POST");
	put(EBPFI_HTTP_AUTHORIZATION, "Bearer");
	put(EBPFI_HTTP_HOST, "example.com");
	put(EBPFI_HTTP_USER_AGENT, "tester");
	put(EBPFI_HTTP_TARGET, "/a?b=c");
	put(EBPFI_HTTP_CONTENT_TYPE, "application/json"); /* of the request: the response has its own */
	record.http.anomalies = 1 << EBPFI_HTTP_HOSTS;
	put_in();
	http = answer(7, 1);
	ck_assert_uint_eq(http->event.len, WHOLE);
	ck_assert_uint_eq(http->status, 200);
	ck_assert_uint_eq(http->anomalies, 1 << EBPFI_HTTP_HOSTS);
	has(http, EBPFI_HTTP_METHOD, "POST");
	has(http, EBPFI_HTTP_AUTHORIZATION, "Bearer");
	has(http, EBPFI_HTTP_HOST, "example.com");
	has(http, EBPFI_HTTP_USER_AGENT, "tester");
	has(http, EBPFI_HTTP_TARGET, "/a?b=c");
	has(http, EBPFI_HTTP_CONTENT_TYPE, "text/html");
}
END_TEST

/* Each text in turn is longer than its room, and reuses the place of a longer record. */
START_TEST(long_text_fills_its_room_without_bytes_of_another)
{
	enum ebpfi_http_field long_one = EBPFI_HTTP_METHOD + (unsigned int)_i, field;
	const struct ebpfi_http *http;
	unsigned int at, size;
	char text[701];

	memset(text, 'x', 700);
	text[700] = '\0';
	begin(EBPFI_EVENT_HTTP_REQUEST, 1, 1);
	for (field = EBPFI_HTTP_METHOD; field <= EBPFI_HTTP_TARGET; field++)
		put(field, text);
	put_in();
	http = answer(1, 1);
	for (field = EBPFI_HTTP_METHOD; field <= EBPFI_HTTP_TARGET; field++)
		has(http, field, text);
	begin(EBPFI_EVENT_HTTP_REQUEST, 2, 1);
	put(long_one, text);
	record.http.event.len = WHOLE - sizeof(record.text) + (long_one == EBPFI_HTTP_TARGET ? 904 : 456); /* as records are */
	put_in();
	http = answer(2, 1);
	for (field = EBPFI_HTTP_METHOD; field <= EBPFI_HTTP_TARGET; field++) {
		http_field_text(http, field, &size);
		ck_assert_uint_eq(size == http_text_room(field), field == long_one);
		for (at = size; at < http_text_room(field); at++)
			ck_assert_uint_eq(http_text_at(http, field)[at], 0);
	}
}
END_TEST

START_TEST(response_with_an_unknown_request_is_unchanged)
{
	ask(1, 1, "/one");
	ck_assert_ptr_eq(answer(1, 2), &record);
	ck_assert_ptr_eq(answer(2, 1), &record);
	ck_assert_ptr_eq(answer(1, 0), &record);
	has(answer(1, 1), EBPFI_HTTP_TARGET, "/one");
	ck_assert_ptr_eq(answer(1, 1), &record);
}
END_TEST

START_TEST(later_request_replaces_one_with_the_same_number)
{
	ask(1, 1, "/one");
	ask(1, 1, "/two");
	has(answer(1, 1), EBPFI_HTTP_TARGET, "/two");
	ck_assert_ptr_eq(answer(1, 1), &record);
}
END_TEST

START_TEST(responses_in_any_order_find_their_requests)
{
	char target[16];
	uint32_t i;

	for (i = 1; i <= 1000; i++) {
		snprintf(target, sizeof(target), "/%u", i);
		ask(i % 10, i, target);
	}
	for (i = 1000; i; i--) {
		snprintf(target, sizeof(target), "/%u", i);
		has(answer(i % 10, i), EBPFI_HTTP_TARGET, target);
	}
}
END_TEST

static void give_up(uint64_t connection, uint32_t first, uint32_t last_number, uint32_t reason, uint64_t time_ns)
{
	const struct http_given_up given_up = {
		.event = { .len = sizeof(given_up), .kind = HTTP_GIVEN_UP, .time_ns = time_ns },
		.connection = connection,
		.first = first,
		.last = last_number,
		.reason = reason,
	};

	http_join_give_up(join, &given_up, collect, join);
}

static void is_unanswered(uint32_t number, unsigned int reason)
{
	ck_assert_int_eq(last.event.kind, EBPFI_EVENT_HTTP_UNANSWERED);
	ck_assert_uint_eq(last.number, number);
	ck_assert_uint_eq(last.reason, reason);
}

START_TEST(requests_that_are_given_up_make_an_event_each)
{
	ask(1, 1, "/one");
	ask(1, 2, "/two");
	ask(1, 3, "/three");
	ask(2, 1, "/other");
	emitted = 0;
	give_up(1, 2, 3, EBPFI_HTTP_REASON_CLOSED, 5000);
	ck_assert_int_eq(emitted, 2);
	is_unanswered(3, EBPFI_HTTP_REASON_CLOSED);
	ck_assert_uint_eq(last.event.time_ns, 5000);
	has(answer(1, 1), EBPFI_HTTP_TARGET, "/one");
	ck_assert_ptr_eq(answer(1, 2), &record);
	has(answer(2, 1), EBPFI_HTTP_TARGET, "/other");
}
END_TEST

/* A client may number its requests as it likes: the work is bounded by the places. */
START_TEST(any_range_of_numbers_is_given_up)
{
	ask(1, UINT32_MAX, "/");
	ask(1, 1, "/");
	emitted = 0;
	give_up(1, UINT32_MAX - 1, 1, EBPFI_HTTP_REASON_CLOSED, 0);
	ck_assert_int_eq(emitted, 2);
	give_up(1, 2, 1, EBPFI_HTTP_REASON_CLOSED, 0);
	ck_assert_int_eq(emitted, 2);
}
END_TEST

START_TEST(end_tells_the_waiting_requests_in_the_order_of_their_times)
{
	uint32_t number;

	for (number = 1; number <= 3; number++) {
		begin(EBPFI_EVENT_HTTP_REQUEST, 1, number);
		record.http.request_time_ns = 10 - number;
		put_in();
	}
	answer(1, 3);
	emitted = 0;
	http_join_tick(join, UINT64_MAX, collect, join);
	ck_assert_int_eq(emitted, 2);
	is_unanswered(1, EBPFI_HTTP_REASON_STOPPED);
	http_join_tick(join, UINT64_MAX, collect, join);
	ck_assert_int_eq(emitted, 2);
	ask(1, 4, "/again");
	has(answer(1, 4), EBPFI_HTTP_TARGET, "/again");
}
END_TEST

START_TEST(timeout_tells_a_request_once_and_its_late_response_too)
{
	http_join_set_timeout(join, 2000000000);
	begin(EBPFI_EVENT_HTTP_REQUEST, 1, 1);
	record.http.request_time_ns = 1000000000;
	put(EBPFI_HTTP_TARGET, "/slow");
	put_in();
	emitted = 0;
	http_join_tick(join, 2900000000, collect, join);
	ck_assert_int_eq(emitted, 0);
	http_join_tick(join, 3500000000, collect, join);
	ck_assert_int_eq(emitted, 1);
	is_unanswered(1, EBPFI_HTTP_REASON_TIMEOUT);
	ck_assert_uint_eq(last.duration_ns, 2500000000);
	http_join_tick(join, 9000000000, collect, join);
	ck_assert_int_eq(emitted, 1);
	has(answer(1, 1), EBPFI_HTTP_TARGET, "/slow");
}
END_TEST

START_TEST(request_of_a_server_that_was_not_seen_says_so)
{
	begin(EBPFI_EVENT_HTTP_REQUEST, 1, 1);
	record.http.one_way = 1;
	put_in();
	http_join_tick(join, UINT64_MAX, collect, join);
	is_unanswered(1, EBPFI_HTTP_REASON_ONE_WAY);
}
END_TEST

START_TEST(response_of_a_broken_request_gets_its_texts)
{
	begin(EBPFI_EVENT_HTTP_BROKEN, 1, 1);
	put(EBPFI_HTTP_TARGET, "/broken");
	put_in();
	has(answer(1, 1), EBPFI_HTTP_TARGET, "/broken");
}
END_TEST

START_TEST(broken_body_after_the_response_does_not_wait)
{
	ask(1, 1, "/");
	answer(1, 1);
	begin(EBPFI_EVENT_HTTP_BROKEN, 1, 1);
	record.http.answered = 1;
	put_in();
	emitted = 0;
	http_join_tick(join, UINT64_MAX, collect, join);
	ck_assert_int_eq(emitted, 0);
}
END_TEST

START_TEST(full_table_evicts_the_oldest_request)
{
	uint32_t i;

	for (i = 1; i <= PLACES + 2; i++)
		ask(1, i, "/");
	ck_assert_int_eq(emitted, PLACES + 4);
	ck_assert_ptr_eq(answer(1, 1), &record);
	ck_assert_ptr_eq(answer(1, 2), &record);
	for (i = 3; i <= PLACES + 2; i++)
		ck_assert_ptr_ne(answer(1, i), &record);
}
END_TEST

/* The record is copied for its mark, and takes the place of the oldest request. */
START_TEST(marked_request_that_evicts_another_is_itself)
{
	uint32_t i;

	for (i = 1; i <= PLACES; i++)
		ask(1, i, "/old");
	begin(EBPFI_EVENT_HTTP_REQUEST, 1, PLACES + 1);
	put(EBPFI_HTTP_METHOD, "GET");
	put(EBPFI_HTTP_TARGET, "/new");
	put(EBPFI_HTTP_HOST, "a b");
	put_in();
	ck_assert_int_eq(last.event.kind, EBPFI_EVENT_HTTP_REQUEST);
	ck_assert_uint_eq(last.number, PLACES + 1);
	ck_assert_uint_eq(last.anomalies, 1ULL << EBPFI_HTTP_BAD_HOST);
	has(answer(1, PLACES + 1), EBPFI_HTTP_TARGET, "/new");
}
END_TEST

START_TEST(record_of_another_size_is_unchanged)
{
	begin(EBPFI_EVENT_HTTP_REQUEST, 1, 1);
	record.http.event.len = WHOLE + 1;
	put_in();
	record.http.event.len = 8;
	put_in();
	ck_assert_ptr_eq(answer(1, 1), &record);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		response_gets_its_requests_texts_and_anomalies,
		response_with_an_unknown_request_is_unchanged,
		later_request_replaces_one_with_the_same_number,
		responses_in_any_order_find_their_requests,
		requests_that_are_given_up_make_an_event_each,
		any_range_of_numbers_is_given_up,
		end_tells_the_waiting_requests_in_the_order_of_their_times,
		timeout_tells_a_request_once_and_its_late_response_too,
		request_of_a_server_that_was_not_seen_says_so,
		response_of_a_broken_request_gets_its_texts,
		broken_body_after_the_response_does_not_wait,
		full_table_evicts_the_oldest_request,
		marked_request_that_evicts_another_is_itself,
		record_of_another_size_is_unchanged,
	};
	const TTest *const loops[] = { long_text_fills_its_room_without_bytes_of_another };

	return RUN_TESTS("http_join", setup, tests) |
	       RUN_LOOPS("http_join, each field", setup, loops, EBPFI_HTTP_TARGET - EBPFI_HTTP_METHOD + 1);
}
