/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The inspector gives the same messages, bodies and refusals for the corpus's llhttp cases as a strict HTTP/1 parser, with the input whole,
 * cut at every byte, and in segments of one byte. `differences` lists the exceptions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llhttp.h"
#include "runner.h"
#include "talk.h"

static struct llhttp_case *cases;
static struct talk *t;

/* Cases that the inspector reads differently on purpose. */
static const struct {
	const char *name; /* a part of the case's name */
	const char *why;
} differences[] = {
	{ "No restart when keep-alive is off (1.0)",
	  "RFC 9112 9.6: an end that closes may still receive; later requests are reported, without a response" },
	{ "SOURCE request with ICE", "RFC 9112 2.3: HTTP-name is HTTP; Icecast is another protocol" },
	{ "request with RTSP", "RFC 9112 2.3: HTTP-name is HTTP; RTSP (RFC 7826) is another protocol" },
	{ "No HTTP version", "RFC 9112 2.3: a line without a version is taken for HTTP/0.9 only after HTTP was seen" },
	{ "`host:port` and basic auth", "user names and passwords are cut out of targets" },
	{ "HTTP 101 response with Upgrade and Content-Length", "RFC 9110 8.6: a 101 has no Content-Length, so it is marked" },
	{ "HTTP 101 response with Upgrade and Transfer-Encoding", "RFC 9112 6.1: the same" },
	{ "`Content-Length` with zeroes", "leading zeros are marked: some servers read an octal number" },
	{ "`Content-Length` with follow-up headers", "the same" },
};

static bool differs(const struct llhttp_case *c)
{
	size_t i;

	for (i = 0; i < sizeof(differences) / sizeof(differences[0]); i++)
		if (strstr(c->name, differences[i].name))
			return true;
	return false;
}

/* llhttp stops if the connection may leave HTTP. That is not a refusal. */
static bool is_refusal(int error)
{
	return error && error != 22 && error != 23;
}

static void send_request(const struct llhttp_case *c)
{
	int i;

	for (i = 0; c->response && i < c->count; i++)
		talk_say(t, CLIENT, c->head ? "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" : "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

/* Responses report the anomalies of the requests' bodies. */
static void send_response(const struct llhttp_case *c)
{
	int i, n = talk_count(t, EBPFI_EVENT_HTTP_REQUEST);

	for (i = 0; !c->response && i < n; i++)
		talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
}

/* Sends the first `split` bytes in segments of `each` bytes, the rest in one. */
static void play(const struct llhttp_case *c, size_t split, size_t each)
{
	int from = c->response ? SERVER : CLIENT;

	talk_open(t);
	send_request(c);
	talk_bytes(t, from, c->input, split, each);
	talk_bytes(t, from, c->input + split, c->size - split, 0);
	send_response(c);
	segments_say(&t->to, from, FIN | ACK, NULL, 0);
	segments_say(&t->to, !from, FIN | ACK, NULL, 0);
}

/* The event about a broken message, or about anomalies after its head. */
static const struct ebpfi_http *broken_event(unsigned int number)
{
	const struct ebpfi_http *h;
	int i;

	for (i = 0; (h = talk_event(t, EBPFI_EVENT_HTTP_BROKEN, i)); i++)
		if (h->number == number)
			return h;
	return NULL;
}

static uint64_t anomalies_of(const struct llhttp_case *c, int n)
{
	const struct ebpfi_http *request = talk_event(t, EBPFI_EVENT_HTTP_REQUEST, n);
	const struct ebpfi_http *response = talk_event(t, EBPFI_EVENT_HTTP_RESPONSE, n);
	const struct ebpfi_http *broken = c->response ? NULL : broken_event((unsigned int)n + 1);

	return (request ? request->anomalies : 0) | (response ? response->anomalies : 0) | (broken ? broken->anomalies : 0);
}

static bool is_clean(const struct llhttp_case *c, int n)
{
	return !talk_smuggling(anomalies_of(c, n)) && (c->response || !broken_event((unsigned int)n + 1));
}

static bool same_request(const struct llhttp_message *m, int n)
{
	const struct ebpfi_http *request = talk_event(t, EBPFI_EVENT_HTTP_REQUEST, n);
	const struct ebpfi_http *response = talk_event(t, EBPFI_EVENT_HTTP_RESPONSE, n);

	return request && response && talk_is(request, EBPFI_HTTP_METHOD, m->method) &&
	       talk_is(request, EBPFI_HTTP_TARGET, m->url) && response->request_bytes == m->body;
}

static bool same_response(const struct llhttp_message *m, int n)
{
	const struct ebpfi_http *response = talk_event(t, EBPFI_EVENT_HTTP_RESPONSE, n);

	return response && response->status == m->status && response->response_bytes == m->body;
}

static bool same_message(const struct llhttp_case *c, const struct llhttp_message *m, int n)
{
	return (c->response ? same_response(m, n) : same_request(m, n)) && is_clean(c, n);
}

/* Refused: the message is missing, or not clean. */
static bool is_refused(const struct llhttp_case *c, int n)
{
	const struct ebpfi_http *h = talk_event(t, c->response ? EBPFI_EVENT_HTTP_RESPONSE : EBPFI_EVENT_HTTP_REQUEST, n);

	return !h || !is_clean(c, n);
}

static bool is_informational(const struct llhttp_message *m)
{
	return m->status >= 100 && m->status < 200 && m->status != 101;
}

/* The difference to llhttp; NULL: none. */
static const char *find_difference(const struct llhttp_case *c)
{
	int i, n = 0;

	for (i = 0; i < c->count; i++) {
		if (is_informational(&c->messages[i]))
			continue;
		if (c->messages[i].complete && !(is_refusal(c->error) && i == c->count - 1) &&
		    !same_message(c, &c->messages[i], n))
			return "a message differs";
		n++;
	}
	if (is_refusal(c->error) && !is_refused(c, n ? n - 1 : 0) && !is_refused(c, n))
		return "llhttp refuses";
	return NULL;
}

static void print_case(const struct llhttp_case *c, const char *why)
{
	int i, j;

	printf("%s: %s; llhttp: error %d %s\n", c->name, why, c->error, c->reason);
	for (i = 0; i < c->count; i++)
		printf("  llhttp %s %s %d body %zu %s\n", c->messages[i].method, c->messages[i].url, c->messages[i].status,
		       c->messages[i].body, c->messages[i].complete ? "complete" : "");
	for (i = 0; i < t->count; i++) {
		const struct ebpfi_http *h = &t->events[i].http;

		printf("  ours kind %d number %u status %u %.*s %.*s request %llu response %llu anomalies", h->event.kind,
		       h->number, h->status, h->used[0], (char *)http_text_at(h, 0), h->used[1], (char *)http_text_at(h, 1),
		       (unsigned long long)h->request_bytes, (unsigned long long)h->response_bytes);
		for (j = 0; j < 64; j++)
			if (h->anomalies >> j & 1)
				printf(" %d", j);
		printf("\n");
	}
	fflush(stdout);
}

START_TEST(each_case_is_read_as_a_strict_parser_reads_it)
{
	const struct llhttp_case *c = &cases[_i];
	const char *why;

	t = talk_new(0);
	play(c, c->size, 0);
	why = find_difference(c);
	if (why && !differs(c)) {
		print_case(c, why);
		ck_abort_msg("%s: %s", c->name, why);
	}
	ck_assert_msg(why || !differs(c), "%s: agrees, and is listed as a difference", c->name);
	talk_free(t);
}
END_TEST

static bool same_events(const struct llhttp_case *c, const struct talk *whole)
{
	int i, count = talk_readable(whole);

	if (count > t->count || (!is_refusal(c->error) && (count != talk_readable(t) || t->count != whole->count)))
		return false;
	for (i = 0; i < count; i++)
		if (memcmp(&t->events[i].http, &whole->events[i].http, sizeof(struct ebpfi_http)))
			return false;
	return true;
}

START_TEST(each_case_gives_the_same_events_at_every_cut)
{
	const struct llhttp_case *c = &cases[_i];
	struct talk *whole = malloc(sizeof(*whole));
	size_t split;

	t = talk_new(0);
	play(c, c->size, 0);
	talk_forget_times(t);
	*whole = *t;
	for (split = 0; split <= c->size; split++) {
		play(c, split, split ? 0 : 1);
		talk_forget_times(t);
		if (!same_events(c, whole)) {
			print_case(c, "cut");
			ck_abort_msg("%s: cut at %zu", c->name, split);
		}
	}
	play(c, c->size, 1);
	talk_forget_times(t);
	ck_assert_msg(same_events(c, whole), "%s: in segments of one byte", c->name);
	talk_free(t);
	free(whole);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_case_is_read_as_a_strict_parser_reads_it,
		each_case_gives_the_same_events_at_every_cut,
	};
	const char *corpus = getenv("EBPFI_CORPUS");
	char directory[4096];
	int count;

	snprintf(directory, sizeof(directory), "%s/llhttp", corpus ? corpus : "");
	count = corpus ? llhttp_load(directory, &cases) : 0;
	if (!count)
		skip_all("no corpus llhttp/ (set EBPFI_CORPUS)");
	return RUN_LOOPS("llhttp", NULL, tests, count);
}
