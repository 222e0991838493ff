/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The fast path (bpf/include/http/fast_path.h) ends in the same state as the table: a message in one segment gives the same events as the
 * message in segments of one byte, which the fast path cannot read. Tests all 256 bytes at each position that the fast path reads.
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

/* Sends a first message, so that broken bytes are reported; then `part` bytes in one segment, and the rest in pieces. */
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

/* After the first part, the memory holds the rest of the same message from before. The fast path must not read it. */
static void check_splits(int from, const char *bytes, size_t size)
{
	size_t part;

	for (part = 0; part < size; part++) {
		say_whole(from, bytes, size);
		check_cut(from, bytes, size, part, 0);
	}
}

/* Checks bytes with `before` and `after` around them in one message. */
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

/* Puts each byte at each position of a text, and cuts the text at each position, with and without `after`. */
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

START_TEST(fast_path_of_names_ends_like_the_table)
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

START_TEST(fast_path_of_values_ends_like_the_table)
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

START_TEST(fast_path_of_request_lines_ends_like_the_table)
{
	check_each_byte(CLIENT, "", starts[_i], "Host: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
}
END_TEST

static const char *const lines[] = { "HTTP/1.1 200 OK\r\n", "HTTP/1.0 404 Not Found at all\r\n", "HTTP/1.1 999\r\n" };

START_TEST(fast_path_of_status_lines_ends_like_the_table)
{
	check_each_byte(SERVER, "", lines[_i], "Content-Length: 3\r\n\r\nabcHTTP/1.1 304 x\r\n\r\n");
}
END_TEST

START_TEST(fast_path_of_any_size_ends_like_the_table)
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

/* Targets with up to three special bytes after the slash. */
START_TEST(fast_path_of_targets_ends_like_the_table)
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

/* Without any events, the comparisons above would succeed too. */
START_TEST(messages_give_events)
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
	const TTest *const once[] = { messages_give_events, fast_path_of_any_size_ends_like_the_table,
				      fast_path_of_targets_ends_like_the_table };
	const TTest *const of_names[] = { fast_path_of_names_ends_like_the_table };
	const TTest *const of_values[] = { fast_path_of_values_ends_like_the_table };
	const TTest *const of_starts[] = { fast_path_of_request_lines_ends_like_the_table };
	const TTest *const of_lines[] = { fast_path_of_status_lines_ends_like_the_table };

	return RUN_TESTS("fast path", set_up, once) | RUN_LOOPS("fast path, names", set_up, of_names, COUNT(names)) |
	       RUN_LOOPS("fast path, values", set_up, of_values, COUNT(values)) |
	       RUN_LOOPS("fast path, request lines", set_up, of_starts, COUNT(starts)) |
	       RUN_LOOPS("fast path, status lines", set_up, of_lines, COUNT(lines));
}
