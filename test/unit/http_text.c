/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Events of `http` as lines and as JSON: each shape, and what is not known is not shown as 0. */
#include <ebpfinspect/ebpfinspect.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/record.h"
#include "runner.h"

enum {
	REQUEST = EBPFI_EVENT_HTTP_REQUEST,
	RESPONSE = EBPFI_EVENT_HTTP_RESPONSE,
	BROKEN = EBPFI_EVENT_HTTP_BROKEN,
	UNANSWERED = EBPFI_EVENT_HTTP_UNANSWERED,
	HEAD = EBPFI_EVENT_HTTP_HEAD,
	OPEN = EBPFI_EVENT_HTTP_OPEN,
};

#define CLOCK "22:13:20.123456 "
#define ENDS "10.0.0.1.40000 > 10.0.0.2.80 "
#define TIME_NS 1700000000123456789

static struct http_record r;
static struct ebpfi_http *const h = &r.http;

static void put_bytes(enum ebpfi_http_field f, const char *bytes, size_t n)
{
	size_t room = http_text_room(f);

	h->used[f] = (__u16)n;
	memcpy(http_text_at(h, f), bytes, n < room ? n : room);
}

static void put(enum ebpfi_http_field f, const char *text)
{
	put_bytes(f, text, strlen(text));
}

static void set_end(__u8 *address, __u16 *port, __u8 last, __u16 number)
{
	memcpy(address, (const __u8[16]){ [10] = 0xff, [11] = 0xff, 10, 0, 0, last }, 16);
	*port = number;
}

static void set_ends(bool response)
{
	set_end(response ? h->dst : h->src, response ? &h->dst_port : &h->src_port, 1, 40000);
	set_end(response ? h->src : h->dst, response ? &h->src_port : &h->dst_port, 2, 80);
}

/* A message of which nothing is known. */
static void make_bare(int kind, bool response)
{
	setenv("TZ", "UTC", 1);
	tzset();
	memset(&r, 0, sizeof(r));
	h->event.kind = (__u16)kind;
	h->event.len = sizeof(r);
	h->event.time_ns = TIME_NS;
	h->text_offset = sizeof(*h);
	h->ethertype = 0x0800;
	h->grpc_status = -1;
	set_ends(response);
}

/* GET /x of HTTP/1.1; a response to it has the status 200. */
static void make(int kind, bool response)
{
	make_bare(kind, response);
	h->number = 1;
	h->major = h->minor = h->request_major = h->request_minor = 1;
	h->request_time_ns = TIME_NS - 1234000;
	put(EBPFI_HTTP_METHOD, "GET");
	put(EBPFI_HTTP_TARGET, "/x");
	put(EBPFI_HTTP_HOST, "h");
	if (response) {
		h->status = 200;
		h->first_byte_ns = 1200000;
		h->duration_ns = 1234000;
		h->response_bytes = 4096;
	}
}

static void mark(enum ebpfi_http_anomaly anomaly)
{
	h->anomalies |= 1ULL << anomaly;
}

static const char *line(void)
{
	static char text[EBPFI_STR_MAX];

	return ebpfi_event_str(NULL, &h->event, text, sizeof(text));
}

static const char *json(void)
{
	static char text[EBPFI_JSON_MAX];

	return ebpfi_event_json(NULL, &h->event, text, sizeof(text));
}

static void is_line(const char *text)
{
	ck_assert_msg(!strncmp(line(), CLOCK ENDS, strlen(CLOCK ENDS)), "%s", line());
	ck_assert_str_eq(line() + strlen(CLOCK ENDS), text);
}

static void has(const char *member)
{
	ck_assert_msg(strstr(json(), member), "%s is not in %s", member, json());
}

static void has_not(const char *member)
{
	ck_assert_msg(!strstr(json(), member), "%s is in %s", member, json());
}

START_TEST(request_and_response_are_lines_of_an_access_log)
{
	make(REQUEST, false);
	is_line("\"GET /x HTTP/1.1\" h request");
	make(RESPONSE, true);
	is_line("\"GET /x HTTP/1.1\" h 200 4096 1.234 ms");
	h->grpc_status = 7;
	mark(EBPFI_HTTP_GAP);
	is_line("\"GET /x HTTP/1.1\" h 200 4096 1.234 ms grpc 7 [gap]");
}
END_TEST

START_TEST(head_shows_status_and_time_to_first_byte)
{
	make(HEAD, true);
	h->duration_ns = 1300000;
	h->response_bytes = 0;
	is_line("\"GET /x HTTP/1.1\" h 200 head 1.200 ms");
	has("\"event.name\":\"http.head\"");
	has("\"http.response.status_code\":200,");
	has("\"http.time_to_first_byte_ns\":1200000");
	has_not("http.duration_ns");
	has_not("http.response.body.size");
}
END_TEST

START_TEST(open_message_shows_its_bytes_so_far)
{
	make(OPEN, true);
	is_line("\"GET /x HTTP/1.1\" h 200 4096 open");
	has("\"event.name\":\"http.open\"");
	has("\"http.response.body.size\":4096");
	has("\"http.duration_ns\":1234000");
	make(OPEN, false);
	h->request_bytes = 70;
	is_line("\"GET /x HTTP/1.1\" h request 70 open");
	has("\"http.request.body.size\":70");
	has_not("http.response.");
}
END_TEST

struct reason {
	unsigned int reason;
	const char *line, *json;
};

static const struct reason reasons[] = {
	{ EBPFI_HTTP_REASON_NONE, "no reason known", "none" },
	{ EBPFI_HTTP_REASON_CLOSED, "closed", "closed" },
	{ EBPFI_HTTP_REASON_CLIENT_RESET, "reset by the client", "client_reset" },
	{ EBPFI_HTTP_REASON_SERVER_RESET, "reset by the server", "server_reset" },
	{ EBPFI_HTTP_REASON_REPLACED, "connection replaced", "replaced" },
	{ EBPFI_HTTP_REASON_EVICTED, "too many requests wait", "evicted" },
	{ EBPFI_HTTP_REASON_STOPPED, "still waiting", "stopped" },
	{ EBPFI_HTTP_REASON_TIMEOUT, "timeout", "timeout" },
	{ EBPFI_HTTP_REASON_ONE_WAY, "server not seen", "one_way" },
	{ EBPFI_HTTP_REASON_UNCERTAIN, "segments missing", "uncertain" },
	{ EBPFI_HTTP_REASON_STREAM_RESET, "stream reset", "stream_reset" },
	{ 255, "no reason known", "none" }, /* of a later release */
};

START_TEST(unanswered_request_shows_why_and_after_how_long)
{
	char expected[128];

	make(UNANSWERED, false);
	h->reason = (__u8)reasons[_i].reason;
	snprintf(expected, sizeof(expected), "\"GET /x HTTP/1.1\" h no answer: %s", reasons[_i].line);
	is_line(expected);
	h->duration_ns = 1234000;
	snprintf(expected, sizeof(expected), "\"GET /x HTTP/1.1\" h no answer: %s after 1.234 ms", reasons[_i].line);
	is_line(expected);
	has("\"event.name\":\"http.unanswered\"");
	has("\"http.duration_ns\":1234000");
	snprintf(expected, sizeof(expected), "\"http.unanswered.reason\":\"%s\"", reasons[_i].json);
	has(expected);
	has_not("http.response.");
}
END_TEST

START_TEST(broken_response_shows_its_client_first_and_its_status)
{
	make(BROKEN, true);
	is_line("\"GET /x HTTP/1.1\" h 200 4096 broken");
	h->response_bytes = 0;
	is_line("\"GET /x HTTP/1.1\" h 200 - broken");
	make_bare(BROKEN, true);
	mark(EBPFI_HTTP_UNPAIRED);
	is_line("\"- - -\" - broken [unpaired]");
	make(BROKEN, false);
	is_line("\"GET /x HTTP/1.1\" h broken");
}
END_TEST

START_TEST(response_without_its_request_has_no_times_and_no_request)
{
	make_bare(RESPONSE, true);
	h->major = h->minor = 1;
	h->status = 200;
	mark(EBPFI_HTTP_UNPAIRED);
	is_line("\"- - -\" - 200 0 - [unpaired]");
	has("\"network.protocol.version\":\"1.1\"");
	has("\"http.response.body.size\":0");
	has_not("_ns\"");
	has_not("http.request.");
	has_not("url.");
	has_not("server.");
}
END_TEST

START_TEST(response_that_never_began_has_no_status_and_no_size)
{
	make(RESPONSE, true);
	h->status = 0;
	h->response_bytes = h->first_byte_ns = 0;
	mark(EBPFI_HTTP_RESET);
	is_line("\"GET /x HTTP/1.1\" h - - 1.234 ms [reset]");
	has_not("http.response.status_code");
	has_not("http.response.body.size");
	has_not("http.time_to_first_byte_ns");
	has("\"http.duration_ns\":1234000");
}
END_TEST

START_TEST(size_of_a_request_is_shown_when_it_is_known)
{
	make(REQUEST, false);
	has_not("http.request.body.size");
	make(RESPONSE, true);
	has("\"http.request.body.size\":0");
	make(UNANSWERED, false);
	has_not("http.request.body.size");
	h->request_bytes = 10;
	has("\"http.request.body.size\":10");
}
END_TEST

START_TEST(time_that_went_back_is_left_out)
{
	make(RESPONSE, true);
	h->first_byte_ns = h->duration_ns = -10000ULL;
	is_line("\"GET /x HTTP/1.1\" h 200 4096 -");
	has_not("_ns\"");
	make(HEAD, true);
	h->first_byte_ns = -10000ULL;
	is_line("\"GET /x HTTP/1.1\" h 200 head -");
	make(UNANSWERED, false);
	h->reason = EBPFI_HTTP_REASON_CLOSED;
	h->duration_ns = -10000ULL;
	is_line("\"GET /x HTTP/1.1\" h no answer: closed");
	has_not("_ns\"");
}
END_TEST

START_TEST(line_has_the_version_of_the_request)
{
	make(RESPONSE, true);
	h->request_minor = 0;
	is_line("\"GET /x HTTP/1.0\" h 200 4096 1.234 ms");
	has("\"network.protocol.version\":\"1.1\",\"http.request.version\":\"1.0\"");
	h->request_major = 0;
	h->request_minor = 9;
	is_line("\"GET /x HTTP/0.9\" h 200 4096 1.234 ms");
	make(RESPONSE, true);
	has_not("http.request.version");
}
END_TEST

START_TEST(version_that_was_not_read_is_not_shown)
{
	make(BROKEN, false);
	h->major = h->minor = h->request_major = h->request_minor = 0;
	is_line("\"GET /x -\" h broken");
	has_not("version");
	make(RESPONSE, true);
	h->request_major = h->request_minor = 0;
	is_line("\"GET /x -\" h 200 4096 1.234 ms");
	has("\"network.protocol.version\":\"1.1\"");
	has_not("http.request.version");
}
END_TEST

START_TEST(connection_of_http2_has_one_version)
{
	make(RESPONSE, true);
	h->major = 2;
	h->minor = h->request_major = h->request_minor = 0;
	is_line("\"GET /x HTTP/2\" h 200 4096 1.234 ms");
	has("\"network.protocol.version\":\"2\"");
}
END_TEST

START_TEST(unknown_number_of_a_request_is_left_out)
{
	make(BROKEN, false);
	has("\"http.request.number\":1");
	h->number = 0;
	has_not("http.request.number");
}
END_TEST

struct server {
	const char *host, *members;
};

static const struct server servers[] = {
	{ "h", "\"server.address\":\"h\",\"http" },
	{ "h:8080", "\"server.address\":\"h\",\"server.port\":8080,\"http" },
	{ "[::1]:8080", "\"server.address\":\"::1\",\"server.port\":8080,\"http" },
	{ "[::1]", "\"server.address\":\"::1\",\"http" },
	{ "h:80x", "\"server.address\":\"h:80x\",\"http" },
	{ "user:secret@h:80", "\"server.address\":\"h\",\"server.port\":80,\"http" },
	{ "h \t", "\"server.address\":\"h\",\"http" },
};

START_TEST(server_has_an_address_and_a_port)
{
	make(REQUEST, false);
	put(EBPFI_HTTP_HOST, servers[_i].host);
	mark(EBPFI_HTTP_GAP); /* a last member */
	has(servers[_i].members);
}
END_TEST

struct url {
	const char *method, *target, *host, *members;
};

static const struct url urls[] = {
	{ "GET", "/a?b=c", "h", "\"url.path\":\"/a\",\"url.query\":\"b=c\",\"server.address\":\"h\"" },
	{ "GET", "http://h:81/a?b", "h:81",
	  "\"url.scheme\":\"http\",\"url.domain\":\"h\",\"url.port\":81,\"url.path\":\"/"
	  "a\",\"url.query\":\"b\",\"server.address\":\"h\","
	  "\"server.port\":81" },
	{ "GET", "http://other/a", "h",
	  "\"url.scheme\":\"http\",\"url.domain\":\"other\",\"url.path\":\"/a\",\"server.address\":\"h\"" },
	{ "GET", "http://[::1]:81/a", "",
	  "\"url.scheme\":\"http\",\"server.address\":\"::1\",\"server.port\":81,\"url.path\":\"/a\"" },
	{ "GET", "https://user:secret@h/a", "", "\"url.scheme\":\"https\",\"server.address\":\"h\",\"url.path\":\"/a\"" },
	{ "CONNECT", "h:443", "h:443",
	  "\"http.request.method\":\"CONNECT\",\"url.domain\":\"h\",\"url.port\":443,\"server.address\":\"h\",\"server.port\":"
	  "443" },
	{ "CONNECT", "user:secret@h:443", "",
	  "\"http.request.method\":\"CONNECT\",\"server.address\":\"h\",\"server.port\":443" },
	{ "OPTIONS", "*", "h", "\"http.request.method\":\"OPTIONS\",\"url.path\":\"*\",\"server.address\":\"h\"" },
};

START_TEST(target_is_split_as_opentelemetry_names_its_parts)
{
	make(REQUEST, false);
	put(EBPFI_HTTP_METHOD, urls[_i].method);
	put(EBPFI_HTTP_TARGET, urls[_i].target);
	put(EBPFI_HTTP_HOST, urls[_i].host);
	has(urls[_i].members);
	has_not("secret");
	ck_assert_msg(!strstr(line(), "secret"), "%s", line());
}
END_TEST

START_TEST(userinfo_leaves_in_no_field)
{
	static const char url[] = "http://user:secret@h/";
	unsigned int f;

	make(RESPONSE, true);
	for (f = 0; f < EBPFI_HTTP_FIELDS; f++)
		if (http_text_room(f) > sizeof(url))
			put(f, url);
	has_not("secret");
	has("\"user_agent.original\":\"http://h/\"");
	is_line("\"http://h/ http://h/ HTTP/1.1\" h/ 200 4096 1.234 ms");
}
END_TEST

START_TEST(length_of_what_was_cut_is_shown)
{
	char big[600];

	memset(big, 'a', sizeof(big));
	make(REQUEST, false);
	put_bytes(EBPFI_HTTP_METHOD, big, 30);
	put_bytes(EBPFI_HTTP_HOST, big, 200);
	put_bytes(EBPFI_HTTP_USER_AGENT, big, 300);
	put_bytes(EBPFI_HTTP_CONTENT_TYPE, big, 64);
	big[0] = '/';
	put_bytes(EBPFI_HTTP_TARGET, big, 600);
	has("\"http.request.method.length\":30");
	has("\"server.address.length\":200");
	has("\"user_agent.original.length\":300");
	has("\"url.length\":600");
	has_not("http.content_type.length");
	ck_assert_ptr_nonnull(strstr(line(), "aaa... HTTP/1.1\" aaa"));
}
END_TEST

START_TEST(port_of_a_host_that_was_cut_is_not_read)
{
	char host[200];

	memset(host, 'a', sizeof(host));
	memcpy(host + http_text_room(EBPFI_HTTP_HOST) - 3, ":80", 3);
	make(REQUEST, false);
	put_bytes(EBPFI_HTTP_HOST, host, sizeof(host));
	has("aaa:80\",\"server.address.length\":200");
	has_not("server.port");
}
END_TEST

START_TEST(text_that_was_cut_within_a_character_stays_utf8)
{
	char target[600] = "/";
	size_t i;

	for (i = 1; i + 1 < sizeof(target); i += 2)
		memcpy(target + i, "\xc3\xa4", 2);
	make(REQUEST, false);
	put_bytes(EBPFI_HTTP_TARGET, target, sizeof(target));
	has("\xc3\xa4\",\"url.length\":600");
	has_not("ebpfi.latin1");
}
END_TEST

START_TEST(bytes_of_a_text_are_escaped_and_not_cut)
{
	make(REQUEST, false);
	put_bytes(EBPFI_HTTP_HOST, "a\0b", 3);
	put(EBPFI_HTTP_TARGET, "/\xc3\xa4\n\"\\xff");
	put(EBPFI_HTTP_USER_AGENT, "\xff");
	is_line("\"GET /\\xc3\\xa4\\x0a\\x22\\x5cxff HTTP/1.1\" a\\x00b request");
	has("\"url.path\":\"/"
	    "\xc3\xa4\\u000a\\\"\\\\xff\",\"server.address\":\"a\\u0000b\",\"user_agent.original\":\"\\u00ff\"");
	has("\"ebpfi.latin1\":[\"user_agent.original\"]");
}
END_TEST

int main(void)
{
	const TTest *const by_reason[] = { unanswered_request_shows_why_and_after_how_long };
	const TTest *const by_server[] = { server_has_an_address_and_a_port };
	const TTest *const by_url[] = { target_is_split_as_opentelemetry_names_its_parts };
	const TTest *const tests[] = {
		request_and_response_are_lines_of_an_access_log,
		head_shows_status_and_time_to_first_byte,
		open_message_shows_its_bytes_so_far,
		broken_response_shows_its_client_first_and_its_status,
		response_without_its_request_has_no_times_and_no_request,
		response_that_never_began_has_no_status_and_no_size,
		size_of_a_request_is_shown_when_it_is_known,
		time_that_went_back_is_left_out,
		line_has_the_version_of_the_request,
		version_that_was_not_read_is_not_shown,
		connection_of_http2_has_one_version,
		unknown_number_of_a_request_is_left_out,
		userinfo_leaves_in_no_field,
		length_of_what_was_cut_is_shown,
		port_of_a_host_that_was_cut_is_not_read,
		text_that_was_cut_within_a_character_stays_utf8,
		bytes_of_a_text_are_escaped_and_not_cut,
	};

	return RUN_LOOPS("reasons", NULL, by_reason, sizeof(reasons) / sizeof(reasons[0])) |
	       RUN_LOOPS("servers", NULL, by_server, sizeof(servers) / sizeof(servers[0])) |
	       RUN_LOOPS("urls", NULL, by_url, sizeof(urls) / sizeof(urls[0])) | RUN_TESTS("http_text", NULL, tests);
}
