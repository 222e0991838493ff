/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Secrets in each field of a request: none is in a record of the programs, in an event, in a line or in JSON, wherever the bytes end. */
#include <ebpfinspect/ebpfinspect.h>
#include <stdio.h>
#include <string.h>

#include "runner.h"
#include "talk.h"

/* Parts of the secret are secret, too. */
static const char secret[] = "s3cr3tk3y";
enum { PART = 3 };

#define LINE "GET /p HTTP/1.1\r\n"
#define HOST "Host: a.example\r\n"
#define END "User-Agent: x\r\n\r\n"

static const char *const requests[] = {
	LINE HOST "Authorization: s3cr3tk3y\r\n" END,
	LINE HOST "Authorization: s3cr3tk3y \t \r\n" END,
	LINE HOST "Authorization:s3cr3tk3y\r\n" END,
	LINE HOST "Authorization: s3cr3tk3y=\r\n" END,
	LINE HOST "Authorization: Bearer s3cr3tk3y\r\n" END,
	LINE HOST "Authorization: Basic s3cr3tk3y==\r\nAuthorization: s3cr3tk3y\r\n" END,
	LINE HOST "Authorization: s3cr3tk3y\n" END,
	LINE HOST "Authorization : s3cr3tk3y\r\n" END,
	LINE HOST "Authorization: s3cr3tk3y\x01 x\r\n" END,
	LINE HOST "Proxy-Authorization: Basic s3cr3tk3y\r\n" END,
	LINE HOST "Cookie: id=s3cr3tk3y\r\n" END,
	LINE HOST "X-Api-Key: s3cr3tk3y\r\n" END,
	LINE HOST "Referer: http://user:s3cr3tk3y@b.example/p\r\n" END,
	LINE HOST "Referer: https://b.example/p?token=s3cr3tk3y\r\n" END,
	LINE HOST "Referer: //s3cr3tk3y@b.example/p#s3cr3tk3y\r\n" END,
	LINE HOST "Referer: s3cr3tk3y@b.example\r\nReferer: /p\r\n" END,
	LINE HOST "Location: http://user:s3cr3tk3y@b.example/p?s3cr3tk3y\r\n" END,
	LINE "Host: user:s3cr3tk3y@a.example\r\n" END,
	LINE "Host: s3cr3tk3y@a.example\r\n" END,
	LINE "Host: user:s3cr3tk3y\x01@a.example\r\n" END,
	LINE "Host: user:s3cr3tk3y@b:s3cr3tk3y@a.example\r\n" END,
	LINE HOST "Host: user:s3cr3tk3y@a.example\r\n" END,
	"GET http://user:s3cr3tk3y@a.example/p HTTP/1.1\r\n" HOST END,
	"GET https://s3cr3tk3y@a.example/p HTTP/1.1\r\n" HOST END,
	"GET http://user@b:s3cr3tk3y@a.example/p HTTP/1.1\r\n" HOST END,
	"GET verylongscheme+x://u:s3cr3tk3y@a.example/ HTTP/1.1\r\n" HOST END,
	"GET  http://user:s3cr3tk3y@a.example HTTP/1.0\r\n" END,
	"GET http://user:s3cr3tk3y@a.example\r\n",
	"CONNECT user:s3cr3tk3y@a.example:443 HTTP/1.1\r\n" HOST END,
	"CONNECT s3cr3tk3y@a.example:443 HTTP/1.1\r\n" HOST END,
};

static struct talk *t;

static void look_in(const char *what, const void *bytes, size_t size, const char *request, size_t cut)
{
	size_t i;

	for (i = 0; i + PART < sizeof(secret); i++)
		ck_assert_msg(!memmem(bytes, size, secret + i, PART), "%s, cut after %zu bytes: %s", what, cut, request);
}

static void look(const char *request, size_t cut)
{
	char line[EBPFI_JSON_MAX];
	int i;

	for (i = 0; i < t->count; i++) {
		const struct ebpfi_event *event = &t->events[i].http.event;

		look_in("the event", event, event->len, request, cut);
		ebpfi_event_str(NULL, event, line, sizeof(line));
		look_in("the line", line, strlen(line), request, cut);
		ebpfi_event_json(NULL, event, line, sizeof(line));
		look_in("the JSON", line, strlen(line), request, cut);
	}
}

/* The records themselves if not `complete`: no secret leaves the programs. */
static void play(const char *request, size_t cut, bool complete, bool rest)
{
	t = talk_new(0);
	if (complete)
		talk_complete(t);
	talk_open(t);
	talk_say(t, CLIENT, "GET /before HTTP/1.1\r\nHost: a\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
	talk_bytes(t, CLIENT, request, cut, 0);
	if (rest) {
		talk_bytes(t, CLIENT, request + cut, strlen(request) - cut, 0);
		talk_say(t, SERVER, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
	}
	segments_close(&t->to);
	if (complete)
		talk_end(t);
	ck_assert_int_gt(t->count, 2);
	look(request, cut);
	talk_free(t);
}

START_TEST(no_secret_leaves_the_programs)
{
	const char *request = requests[_i];
	size_t cut;

	for (cut = 1; cut <= strlen(request); cut++) {
		play(request, cut, false, true);
		play(request, cut, false, false);
	}
}
END_TEST

START_TEST(no_secret_is_in_an_event)
{
	const char *request = requests[_i];
	size_t cut;

	for (cut = 1; cut <= strlen(request); cut += 7) {
		play(request, cut, true, true);
		play(request, cut, true, false);
	}
}
END_TEST

/* The test above would pass if nothing was kept. */
START_TEST(texts_of_an_exchange_are_kept)
{
	const struct ebpfi_http *h;

	t = talk_new(0);
	talk_complete(t);
	talk_open(t);
	talk_say(t, CLIENT,
		 "POST /p HTTP/1.1\r\nHost: a\r\nReferer: https://u:p@b.example/path?q\r\nX-Forwarded-For: 192.0.2.1, "
		 "192.0.2.2\r\n"
		 "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n");
	talk_say(t, SERVER, "HTTP/1.1 201 X\r\nLocation: /p/7?token=1\r\nContent-Ty");
	talk_say(t, SERVER, "pe: text/plain\r\nContent-Length: 0\r\n\r\n");
	h = talk_event(t, EBPFI_EVENT_HTTP_RESPONSE, 0);
	ck_assert_ptr_nonnull(h);
	ck_assert(talk_is(h, EBPFI_HTTP_REFERER, "https://b.example/path"));
	ck_assert(talk_is(h, EBPFI_HTTP_FORWARDED_FOR, "192.0.2.1, 192.0.2.2"));
	ck_assert(talk_is(h, EBPFI_HTTP_LOCATION, "/p/7"));
	ck_assert(talk_is(h, EBPFI_HTTP_CONTENT_TYPE, "text/plain"));
	ck_assert(talk_is(h, EBPFI_HTTP_REQUEST_CONTENT_TYPE, "application/json"));
	ck_assert(talk_is(h, EBPFI_HTTP_TARGET, "/p"));
	talk_free(t);
}
END_TEST

START_TEST(what_is_no_secret_is_kept)
{
	const struct ebpfi_http *h;

	t = talk_new(0);
	talk_open(t);
	talk_say(t, CLIENT,
		 "GET http://u:p@a.example:8080/p?q HTTP/1.1\r\nHost: u:p@a.example:8080\r\nAuthorization: Bearer x\r\n\r\n");
	h = talk_event(t, EBPFI_EVENT_HTTP_REQUEST, 0);
	ck_assert_ptr_nonnull(h);
	ck_assert(talk_is(h, EBPFI_HTTP_TARGET, "http://a.example:8080/p?q"));
	ck_assert(talk_is(h, EBPFI_HTTP_HOST, "a.example:8080"));
	ck_assert(talk_is(h, EBPFI_HTTP_AUTHORIZATION, "Bearer"));
	ck_assert_uint_eq(h->anomalies, 1ULL << EBPFI_HTTP_BAD_TARGET | 1ULL << EBPFI_HTTP_BAD_HOST);
	talk_free(t);
}
END_TEST

int main(void)
{
	const TTest *const loops[] = { no_secret_leaves_the_programs, no_secret_is_in_an_event };
	const TTest *const tests[] = { what_is_no_secret_is_kept, texts_of_an_exchange_are_kept };

	return RUN_LOOPS("http_secrets", NULL, loops, sizeof(requests) / sizeof(requests[0])) |
	       RUN_TESTS("http_secrets", NULL, tests);
}
