/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Cases that llhttp lacks: each anomaly beside a clean message, framing, and the end of HTTP/1. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"
#include "talk.h"

#define A(name) (1ULL << EBPFI_HTTP_##name)
#define HOST "Host: a\r\n"

enum { REQUEST = EBPFI_EVENT_HTTP_REQUEST, RESPONSE = EBPFI_EVENT_HTTP_RESPONSE, BROKEN = EBPFI_EVENT_HTTP_BROKEN };

static struct talk *t;

static void begin(void)
{
	t = talk_new(0);
	talk_open(t);
}

/* The anomalies of all events of a connection. */
static uint64_t all_anomalies(void)
{
	uint64_t all = 0;
	int i;

	for (i = 0; i < t->count; i++)
		all |= t->events[i].http.anomalies;
	return all;
}

/* A request and all its anomalies. */
static const struct {
	const char *text;
	uint64_t anomalies;
} requests[] = {
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", A(BOTH_LENGTHS) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", A(BOTH_LENGTHS) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", A(LENGTHS_DIFFER) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", A(LENGTHS_DIFFER) | A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc", A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\x05\r\n\r\nabc", A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 03\r\n\r\nabc", A(ODD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 0000000003 \r\n\r\nabc", A(ODD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc", A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc", A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc", A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551619\r\n\r\nabc", A(BAD_LENGTH) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length: 3 \t\r\n\r\nabc", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n", A(BAD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n", A(BAD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", A(BAD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	  A(BAD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", A(BAD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", A(ODD_LIST) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", A(ODD_LIST) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip,,chunked\r\n\r\n0\r\n\r\n", A(ODD_LIST) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, , chunked\r\n\r\n0\r\n\r\n", A(ODD_LIST) },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: ,keep-alive,\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n", A(BAD_CODING) | A(ODD_LIST) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", A(BAD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: compress, chunked\r\n\r\n0\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunkedx\r\n\r\n", A(BAD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", 0 },
	{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", A(OLD_CODING) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n", A(BAD_CHUNK) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", A(BAD_CHUNK) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n", A(BAD_CHUNK) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", A(BAD_CHUNK) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n", A(BARE_LF) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n", A(BAD_CHUNK) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;a=\"b\\\"c\";d\r\nabc\r\n0\r\nX: y\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n z\r\n\r\n", A(FOLDED) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n", A(BAD_TRAILER) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\ntransfer-encoding: x\r\n\r\n", A(BAD_TRAILER) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n", A(BAD_TRAILER) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nHosts: b\r\n\r\n", 0 },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nX(y): z\r\n\r\n", A(BAD_NAME) },
	{ "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nX y\r\n\r\n",
	  A(BAD_NAME) | A(SPACE_BEFORE_COLON) },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", A(FOLDED) },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", A(BARE_CR) },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\nY: b\r\n\r\n", A(BARE_LF) },
	{ "GET / HTTP/1.1\n" HOST "\r\n", A(BARE_LF) },
	{ "GET / HTTP/1.1\r\n" HOST "\n", A(BARE_LF) },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\x01"
	  "b\r\n\r\n",
	  A(CONTROL) },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\tb\xc3\xa4\r\n\r\n", 0 },
	{ "GET / HTTP/1.1\r\n" HOST "X : a\r\n\r\n", A(SPACE_BEFORE_COLON) },
	{ "POST / HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\n", A(SPACE_BEFORE_COLON) },
	{ "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n", A(BAD_NAME) },
	{ "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n", A(BAD_NAME) },
	{ "GET / HTTP/1.1\r\n" HOST "X(y): a\r\n\r\n", A(BAD_NAME) },
	{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", A(HOSTS) },
	{ "GET / HTTP/1.1\r\n\r\n", A(NO_HOST) },
	{ "GET / HTTP/1.0\r\n\r\n", 0 },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", A(ODD_LINE) },
	{ "GET / HTTP/1.1 x\r\n" HOST "\r\n", A(ODD_LINE) | A(BAD_LINE) },
	{ "GET / HTTP/1.1x\r\n" HOST "\r\n", A(BAD_VERSION) },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", A(ODD_LINE) },
	{ "GET\t/ HTTP/1.1\r\n" HOST "\r\n", A(ODD_LINE) },
	{ "GET /\tHTTP/1.1\r\n" HOST "\r\n", A(ODD_LINE) },
	{ "GET /  HTTP/1.1\r\n" HOST "\r\n", A(ODD_LINE) },
	{ "GET /a b HTTP/1.1\r\n" HOST "\r\n", A(BAD_LINE) | A(ODD_LINE) },
	{ "GET /a HTTX HTTP/1.1\r\n" HOST "\r\n", A(BAD_LINE) | A(ODD_LINE) },
	{ "GET /a HT HTTP/1.1\r\n" HOST "\r\n", A(ODD_LINE) },
	{ "GET /a\x01 HTTP/1.1\r\n" HOST "\r\n", A(BAD_TARGET) },
	{ "GET / http/1.1\r\n" HOST "\r\n", A(BAD_VERSION) },
	{ "GET  / HTTP/1.2\r\n" HOST "\r\n", A(BAD_VERSION) | A(ODD_LINE) },
	{ "GET / HTTP/1.2\r\n" HOST "\r\n", A(BAD_VERSION) },
	{ "GET / HTTP/1.10\r\n" HOST "\r\n", A(BAD_VERSION) },
	{ "GET /\r\n", A(ODD_LINE) },
	{ "GET / \r\n", A(ODD_LINE) },
	{ "get /key\r\n", 0 },       /* not HTTP, so not reported */
	{ "USER bob\r\n", 0 },       /* FTP */
	{ "HELO a.example\r\n", 0 }, /* SMTP */
	{ "PRI * HTTP/2.0\r\n" HOST "\r\n", A(BAD_VERSION) },
	{ "PRI * HTTP/2.0\n" HOST "\r\n", A(BAD_VERSION) },
	{ "GET / HTTP/11\r\n" HOST "\r\n", A(BAD_VERSION) },
	{ "GET / HTTP/2.0\r\n" HOST "\r\n", A(BAD_VERSION) },
	{ "GET /a|b HTTP/1.1\r\n" HOST "\r\n", A(BAD_TARGET) },
	{ "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", A(BAD_TARGET) },
	{ "GET /%4 HTTP/1.1\r\n" HOST "\r\n", A(BAD_PERCENT) },
	{ "GET /%zz HTTP/1.1\r\n" HOST "\r\n", A(BAD_PERCENT) },
	{ "GET /?q=% HTTP/1.1\r\n" HOST "\r\n", A(BAD_PERCENT) },
	{ "GET /%41%2f HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "GET /a/../b HTTP/1.1\r\n" HOST "\r\n", A(DOT_SEGMENT) },
	{ "GET /a/. HTTP/1.1\r\n" HOST "\r\n", A(DOT_SEGMENT) },
	{ "GET /%2e%2E/b HTTP/1.1\r\n" HOST "\r\n", A(DOT_SEGMENT) },
	{ "GET /.%2e?q HTTP/1.1\r\n" HOST "\r\n", A(DOT_SEGMENT) },
	{ "GET /... HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "GET /.well-known/a..b HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "GET /a?x=/../ HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "GET http://a/b HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", A(EMPTY_LINE) },
};

START_TEST(each_anomaly_is_reported_and_no_other)
{
	begin();
	talk_say(t, CLIENT, requests[_i].text);
	talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
	segments_close(&t->to);
	ck_assert_msg((all_anomalies() & ~(A(UNPAIRED) | A(CUT_OFF))) == requests[_i].anomalies, "%s: %llx, not %llx",
		      requests[_i].text, (unsigned long long)all_anomalies(), (unsigned long long)requests[_i].anomalies);
	talk_free(t);
}
END_TEST

/* If the request could be read, its response's event has its anomalies. */
START_TEST(smuggled_request_is_never_reported_as_clean)
{
	const struct ebpfi_http *response;

	if (!talk_smuggling(requests[_i].anomalies))
		return;
	begin();
	talk_say(t, CLIENT, requests[_i].text);
	talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
	response = talk_event(t, RESPONSE, 0);
	ck_assert(response);
	ck_assert_msg(talk_smuggling(response->anomalies) || response->anomalies & A(UNPAIRED), "%s", requests[_i].text);
	if (talk_count(t, REQUEST))
		ck_assert_msg(response->anomalies == requests[_i].anomalies, "%s", requests[_i].text);
	talk_free(t);
}
END_TEST

START_TEST(nul_is_a_control_character)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";

	begin();
	talk_bytes(t, CLIENT, text, sizeof(text) - 1, 0);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->anomalies, A(CONTROL));
	talk_free(t);
}
END_TEST

START_TEST(anomaly_of_a_body_after_its_response_has_its_own_event)
{
	const struct ebpfi_http *broken;

	begin();
	talk_say(t, CLIENT, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	ck_assert_uint_eq(talk_event(t, RESPONSE, 0)->anomalies, 0);
	talk_say(t, CLIENT, "3\r\nabc\n0\r\n\r\n");
	broken = talk_event(t, BROKEN, 0);
	ck_assert(broken);
	ck_assert_uint_eq(broken->anomalies, A(BARE_LF));
	ck_assert_uint_eq(broken->number, 1);
	talk_free(t);
}
END_TEST

/* A request, its response, and the size of the response's body. */
static const struct {
	const char *request, *response;
	unsigned int status, bytes;
} exchanges[] = {
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, 5 },
	{ "HEAD / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, 0 },
	{ "HEAD / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 204 No Content\r\n\r\n", 204, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\n",
	  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, 1 },
	{ "PUT / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
	  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 201, 0 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\n",
	  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n", 200, 6 },
	{ "GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, 2 },
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, 2 },
	{ "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
	  407, 2 },
	{ "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n", "HTTP/1.1 200 Connection established\r\n\r\n", 200, 0 },
};

START_TEST(response_ends_as_its_framing_says)
{
	const struct ebpfi_http *response;

	begin();
	talk_say(t, CLIENT, exchanges[_i].request);
	talk_say(t, SERVER, exchanges[_i].response);
	ck_assert_msg(talk_count(t, RESPONSE) == 1, "%s", exchanges[_i].response);
	response = talk_event(t, RESPONSE, 0);
	ck_assert_uint_eq(response->status, exchanges[_i].status);
	ck_assert_uint_eq(response->response_bytes, exchanges[_i].bytes);
	ck_assert_uint_eq(response->anomalies,
			  response->status == 204 && strstr(exchanges[_i].response, "Length") ? A(BAD_LENGTH) : 0);
	ck_assert_uint_eq(response->number, 1);
	talk_free(t);
}
END_TEST

START_TEST(body_without_a_length_ends_with_the_connection)
{
	const struct ebpfi_http *response;

	begin();
	talk_say(t, CLIENT, "GET / HTTP/1.0\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.0 200 OK\r\n\r\nhello");
	ck_assert_int_eq(talk_count(t, RESPONSE), 0);
	talk_say(t, SERVER, "world");
	segments_say(&t->to, SERVER, FIN | ACK, "!", 1);
	response = talk_event(t, RESPONSE, 0);
	ck_assert(response);
	ck_assert_uint_eq(response->response_bytes, 11);
	ck_assert_uint_eq(response->anomalies, 0);
	talk_free(t);
}
END_TEST

/* Bytes after a switch belong to another protocol, even if they look like HTTP. */
static void ends_http(const char *request, const char *response)
{
	begin();
	talk_say(t, CLIENT, request);
	talk_say(t, SERVER, response);
	talk_say(t, CLIENT, "GET /inside HTTP/1.1\r\nHost: b\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	segments_close(&t->to);
	ck_assert_int_eq(talk_count(t, REQUEST), 1);
	ck_assert_int_eq(talk_count(t, RESPONSE), 1);
	ck_assert_int_eq(talk_count(t, BROKEN), 0);
	talk_free(t);
}

START_TEST(tunnel_gives_no_messages)
{
	ends_http("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01");
	ends_http("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi");
}
END_TEST

START_TEST(refused_tunnel_is_http_again)
{
	begin();
	talk_say(t, CLIENT, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno");
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_uint_eq(talk_event(t, RESPONSE, 1)->number, 2);
	talk_free(t);
}
END_TEST

START_TEST(ignored_upgrade_changes_nothing)
{
	begin();
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	talk_say(t, CLIENT, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert(talk_is(talk_event(t, REQUEST, 0), EBPFI_HTTP_UPGRADE, "h2c"));
	talk_free(t);
}
END_TEST

START_TEST(preface_of_http_2_is_reported_and_ends_http_1)
{
	static const char settings[] = "\0\0\0\4\0\0\0\0\0";

	begin();
	talk_say(t, CLIENT, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	talk_bytes(t, CLIENT, settings, sizeof(settings) - 1, 0);
	talk_bytes(t, SERVER, settings, sizeof(settings) - 1, 0);
	talk_say(t, SERVER, "HTTP/1.1 200 OK\r\n\r\n");
	ck_assert_int_eq(t->count, 1);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->major, 2);
	ck_assert_uint_eq(talk_event(t, REQUEST, 0)->anomalies, 0);
	talk_free(t);
}
END_TEST

START_TEST(line_without_version_is_a_request_only_after_http)
{
	begin();
	talk_say(t, CLIENT, "HELO mail.example.com\r\n");
	talk_say(t, SERVER, "250 hello\r\n");
	ck_assert_int_eq(t->count, 0);
	talk_open(t);
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /old\r\n");
	ck_assert_int_eq(talk_count(t, REQUEST), 2);
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->major, 0);
	ck_assert_uint_eq(talk_event(t, REQUEST, 1)->minor, 9);
	talk_free(t);
}
END_TEST

START_TEST(long_fields_are_cut_to_their_room_and_counted)
{
	static char text[9000];
	const struct ebpfi_http *request;
	unsigned int length;

	begin();
	snprintf(text, sizeof(text),
		 "GET /%0600d HTTP/1.1\r\nHost: a.example \r\nUser-Agent: x y\r\nAuthorization: Bearer secret\r\n"
		 "X: %07000d\r\nContent-Type: text/plain\r\n\r\n",
		 0, 0);
	talk_say(t, CLIENT, text);
	request = talk_event(t, REQUEST, 0);
	ck_assert_uint_eq(request->used[EBPFI_HTTP_TARGET], 601);
	http_field_text(request, EBPFI_HTTP_TARGET, &length);
	ck_assert_uint_eq(length, 512);
	ck_assert(talk_is(request, EBPFI_HTTP_USER_AGENT, "x y"));
	ck_assert(talk_is(request, EBPFI_HTTP_AUTHORIZATION, "Bearer"));
	ck_assert(talk_is(request, EBPFI_HTTP_CONTENT_TYPE, "text/plain"));
	ck_assert(!memmem(http_text_at(request, 0), HTTP_RECORD_TEXT, "secret", 6));
	talk_free(t);
}
END_TEST

/* Fills all texts of a request with Z. */
static void fill_texts(void)
{
	static char text[4096];
	char z[601] = "";

	memset(z, 'Z', sizeof(z) - 1);
	snprintf(text, sizeof(text),
		 "ZZZZZZZ /%s HTTP/1.1\r\nHost: %.200s\r\nUser-Agent: %.200s\r\nAuthorization: %.30s %s\r\nUpgrade: %.30s\r\n"
		 "Content-Type: %.80s\r\n\r\n",
		 z, z, z, z, z, z, z);
	talk_say(t, CLIENT, text);
	talk_say(t, SERVER, "HTTP/1.1 200 ZZZ\r\nContent-Length: 0\r\n\r\n");
}

static void has_no_rest(const struct ebpfi_http *h)
{
	size_t size = h->event.len - sizeof(struct ebpfi_http);

	ck_assert_uint_le(size, HTTP_RECORD_TEXT);
	ck_assert_msg(!memchr(http_text_at(h, 0), 'Z', size), "event %d, target of %d bytes", h->event.kind,
		      h->used[EBPFI_HTTP_TARGET]);
}

/* The previous message on a CPU stays in the memory of the next one. */
START_TEST(texts_have_no_bytes_of_another_message)
{
	static const char *const targets[] = {
		"/", "/0123456789?0123456789?0123456789?0123456789?0123456789?0123456789?",
		"/0123456789?0123456789?0123456789?0123456789?0123456789?012345678/0123456789?0123456789?0"
	};
	static const char *const fields[] = { "",
					      "Host: a\r\n",
					      "User-Agent: a\r\n",
					      "Authorization: a b\r\n",
					      "Upgrade: a\r\n",
					      "Content-Type: a\r\nHost: a\r\nUser-Agent: a\r\n" };
	int i, target = _i % 3, field = _i / 3 % 6, each = _i / 18 ? 1 : 0;
	char text[256];

	begin();
	fill_texts();
	talk_bytes(t, CLIENT, text,
		   (size_t)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n%s\r\n", targets[target], fields[field]), each);
	fill_texts();
	talk_bytes(t, SERVER, text,
		   (size_t)snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n%s\r\n", fields[field]), each);
	for (i = 0; i < t->count; i++)
		if (t->events[i].http.used[EBPFI_HTTP_METHOD] != 7)
			has_no_rest(&t->events[i].http);
	ck_assert_int_eq(talk_count(t, REQUEST), 3);
	ck_assert_int_ge(talk_count(t, RESPONSE), 3);
	talk_free(t);
}
END_TEST

/* 24 requests wait at once. */
START_TEST(pipelined_requests_are_paired_with_their_responses)
{
	enum { N = 24 };
	static char text[N * 64];
	int i, at = 0;

	begin();
	for (i = 0; i < N; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s /%d HTTP/1.1\r\nHost: a\r\n\r\n",
			       i % 3 ? "GET" : "HEAD", i);
	talk_bytes(t, CLIENT, text, (size_t)at, 100);
	for (i = at = 0; i < N; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\n%s", 200 + i,
			       i % 3 && i != 4 ? "ok" : "");
	talk_bytes(t, SERVER, text, (size_t)at, 33);
	ck_assert_int_eq(talk_count(t, REQUEST), N);
	ck_assert_int_eq(talk_count(t, RESPONSE), N);
	for (i = 0; i < N; i++) {
		ck_assert_uint_eq(talk_event(t, RESPONSE, i)->number, i + 1);
		ck_assert_uint_eq(talk_event(t, RESPONSE, i)->status, 200 + i);
	}
	talk_free(t);
}
END_TEST

int main(void)
{
	const TTest *const anomalies[] = {
		each_anomaly_is_reported_and_no_other,
		smuggled_request_is_never_reported_as_clean,
	};
	const TTest *const rests[] = { texts_have_no_bytes_of_another_message };
	const TTest *const framing[] = { response_ends_as_its_framing_says };
	const TTest *const tests[] = {
		nul_is_a_control_character,
		anomaly_of_a_body_after_its_response_has_its_own_event,
		body_without_a_length_ends_with_the_connection,
		tunnel_gives_no_messages,
		refused_tunnel_is_http_again,
		ignored_upgrade_changes_nothing,
		preface_of_http_2_is_reported_and_ends_http_1,
		line_without_version_is_a_request_only_after_http,
		long_fields_are_cut_to_their_room_and_counted,
		pipelined_requests_are_paired_with_their_responses,
	};

	return RUN_LOOPS("anomalies", NULL, anomalies, sizeof(requests) / sizeof(requests[0])) |
	       RUN_LOOPS("framing", NULL, framing, sizeof(exchanges) / sizeof(exchanges[0])) |
	       RUN_LOOPS("rests", NULL, rests, 36) | RUN_TESTS("machine", NULL, tests);
}
