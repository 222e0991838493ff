/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The leaps (bpf/include/http/fast_path.h) lead where the table leads: what is said of a message that comes whole is what is said of it where
 * each byte has a segment of its own, which leaves no leap anything to see. Each byte is tried where a leap looks.
 */
#include <stdio.h>
#include <string.h>

#include "runner.h"
#include "talk.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"

enum { MESSAGE_MAX = 1024 };

static struct talk *t;
static struct talk whole;

/* Behind a message, so that what is wrong is told: a part in one segment, and the rest in pieces. */
static void say(int from, const char *bytes, size_t size, size_t part, size_t each)
{
	talk_open(t);
	talk_say(t, from, from == CLIENT ? GET "\r\n" : OK "\r\nabc");
	talk_bytes(t, from, bytes, part, 0);
	talk_bytes(t, from, bytes + part, size - part, each);
	segments_close(&t->to);
	talk_forget_times(t);
}

static void say_whole(int from, const char *bytes, size_t size)
{
	say(from, bytes, size, size, 0);
	whole = *t;
}

static void check_cut(int from, const char *bytes, size_t size, size_t part, size_t each)
{
	say(from, bytes, size, part, each);
	ck_assert_msg(talk_readable(&whole) == talk_readable(t) &&
			      !memcmp(whole.events, t->events, sizeof(t->events[0]) * (size_t)talk_readable(t)),
		      "%d events whole, %d in %zu bytes and pieces of %zu: %.*s", talk_readable(&whole), talk_readable(t), part,
		      each, (int)size, bytes);
}

static void check_bytes(int from, const char *bytes, size_t size)
{
	say_whole(from, bytes, size);
	check_cut(from, bytes, size, 0, 1);
	check_cut(from, bytes, size, 0, 7);
}

/* Behind the end of the first part lies what was there before: the same message's rest, which no leap may take for its own. */
static void check_splits(int from, const char *bytes, size_t size)
{
	size_t part;

	for (part = 0; part < size; part++) {
		say_whole(from, bytes, size);
		check_cut(from, bytes, size, part, 0);
	}
}

/* Between what comes before and after, which end up in one segment with it. */
static void check_with(void (*check)(int from, const char *bytes, size_t size), int from, const char *before, const char *bytes,
		       size_t size, const char *after)
{
	char message[MESSAGE_MAX];
	size_t lead = strlen(before), tail = strlen(after);

	ck_assert_uint_lt(lead + size + tail, sizeof(message));
	memcpy(message, before, lead);
	memcpy(message + lead, bytes, size);
	memcpy(message + lead + size, after, tail);
	check(from, message, lead + size + tail);
}

static void check(int from, const char *before, const char *bytes, size_t size, const char *after)
{
	check_with(check_bytes, from, before, bytes, size, after);
}

/* Each byte in each place of a text, the text as far as there, and all of it cut there. */
static void check_each_byte(int from, const char *before, const char *text, const char *after)
{
	size_t i, size = strlen(text);
	char changed[256];
	int byte;

	check_with(check_splits, from, before, text, size, after);
	for (i = 0; i < size; i++) {
		check(from, before, text, i, after);
		check(from, before, text, i, "");
		memcpy(changed, text, size);
		for (byte = 0; byte < 256; byte++) {
			changed[i] = (char)byte;
			check(from, before, changed, size, after);
		}
	}
}

static void check_each_size(int from, const char *before, char of, const char *after)
{
	char many[300];
	size_t size;

	memset(many, of, sizeof(many));
	for (size = 0; size < sizeof(many); size++)
		check(from, before, many, size, after);
}

static const char *const names[] = { "Host",          "Upgrade",        "Expect",
				     "User-Agent",    "Connection",     "Content-Type",
				     "Authorization", "content-length", "TRANSFER-ENCODING",
				     "Accept",        "Cookie",         "x" };

START_TEST(names_lead_where_the_table_does)
{
	char colon[64];

	snprintf(colon, sizeof(colon), "%s:", names[_i]);
	check_each_byte(CLIENT, GET, colon, " 3\r\nX: y\r\n\r\nabc");
	check_each_byte(SERVER, OK, colon, "3\r\n\r\nabc");
}
END_TEST

static const char *const values[] = {
	"Connection: keep-alive\r\n",         "Connection:  close, x\r\n",
	"Content-Length: 12345678\r\n",       "Content-Length: 3\r\n",
	"Authorization: Bearer a b\r\n",      "Authorization: Negotiate-1\r\n",
	"User-Agent: curl/7 (x; y) z, w\r\n", "Accept: text/html, */*;q=0.5\r\n",
	"Transfer-Encoding: chunked\r\n",     "Host:a.example:8080\r\n",
};

START_TEST(values_lead_where_the_table_does)
{
	check_each_byte(CLIENT, "POST / HTTP/1.1\r\n", values[_i], "X: y\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
}
END_TEST

static const char *const starts[] = {
	"GET / HTTP/1.1\r\n",
	"OPTIONS * HTTP/1.1\r\n",
	"PROPFIND /a/../b/./c.d?e=/.&f HTTP/1.0\r\n",
	"GET http://a_b/%2e%2E/x?y=z#w HTTP/1.1\r\n",
	"PRI * HTTP/2.0\r\n",
};

START_TEST(request_lines_lead_where_the_table_does)
{
	check_each_byte(CLIENT, "", starts[_i], "Host: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
}
END_TEST

static const char *const lines[] = { "HTTP/1.1 200 OK\r\n", "HTTP/1.0 404 Not Found at all\r\n", "HTTP/1.1 999\r\n" };

START_TEST(status_lines_lead_where_the_table_does)
{
	check_each_byte(SERVER, "", lines[_i], "Content-Length: 3\r\n\r\nabcHTTP/1.1 304 x\r\n\r\n");
}
END_TEST

START_TEST(sizes_lead_where_the_table_does)
{
	check_each_size(CLIENT, "", 'M', " / HTTP/1.1\r\nHost: a\r\n\r\n");
	check_each_size(CLIENT, "GET /", 'p', " HTTP/1.1\r\nHost: a\r\n\r\n");
	check_each_size(CLIENT, "GET /?", '/', " HTTP/1.1\r\nHost: a\r\n\r\n");
	check_each_size(CLIENT, GET, 'n', ": v\r\n\r\n");
	check_each_size(CLIENT, GET "X: ", 'v', "\r\n\r\n");
	check_each_size(CLIENT, GET "User-Agent: ", 'v', "\r\n\r\n");
	check_each_size(CLIENT, GET "Authorization: ", 's', " secret\r\n\r\n");
	check_each_size(CLIENT, GET "Content-Length: ", '0', "\r\n\r\n");
	check_each_size(SERVER, "HTTP/1.1 200 ", 'r', "\r\nContent-Length: 0\r\n\r\n");
}
END_TEST

/* A target of up to three of what has a meaning in it. */
START_TEST(targets_lead_where_the_table_does)
{
	static const char bytes[] = "/.?%a2eE&# ";
	const int count = sizeof(bytes) - 1;
	char target[4] = "/";
	size_t i;
	int n;

	for (n = 0; n < count * count * count; n++) {
		target[1] = bytes[n % count];
		target[2] = bytes[n / count % count];
		target[3] = bytes[n / count / count];
		for (i = 2; i <= sizeof(target); i++)
			check(CLIENT, "GET ", target, i, " HTTP/1.1\r\nHost: a\r\n\r\n");
	}
}
END_TEST

/* Were nothing said of either, they would be the same. */
START_TEST(events_there_are)
{
	check_bytes(CLIENT, GET "\r\n", sizeof(GET "\r\n") - 1);
	ck_assert_int_eq(talk_count(t, EBPFI_EVENT_HTTP_REQUEST), 2);
	ck_assert(talk_is(talk_event(t, EBPFI_EVENT_HTTP_REQUEST, 1), EBPFI_HTTP_HOST, "a"));
	check_bytes(SERVER, OK "\r\nabc", sizeof(OK "\r\nabc") - 1);
	ck_assert_uint_eq(talk_event(t, EBPFI_EVENT_HTTP_RESPONSE, 1)->status, 200);
}
END_TEST

#define COUNT(of) (int)(sizeof(of) / sizeof((of)[0]))

static void set_up(void)
{
	t = talk_new(0);
}

int main(void)
{
	const TTest *const once[] = { events_there_are, sizes_lead_where_the_table_does, targets_lead_where_the_table_does };
	const TTest *const of_names[] = { names_lead_where_the_table_does };
	const TTest *const of_values[] = { values_lead_where_the_table_does };
	const TTest *const of_starts[] = { request_lines_lead_where_the_table_does };
	const TTest *const of_lines[] = { status_lines_lead_where_the_table_does };

	return RUN_TESTS("leaps", set_up, once) | RUN_LOOPS("leaps over names", set_up, of_names, COUNT(names)) |
	       RUN_LOOPS("leaps over values", set_up, of_values, COUNT(values)) |
	       RUN_LOOPS("leaps over request lines", set_up, of_starts, COUNT(starts)) |
	       RUN_LOOPS("leaps over status lines", set_up, of_lines, COUNT(lines));
}
