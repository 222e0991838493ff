/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * What a strict HTTP/1 parser makes of the corpus's llhttp cases, and what the inspector makes of them: the same messages, bodies
 * and refusals, the input whole, cut at every byte, and a byte a segment. Where we choose to differ stands below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llhttp.h"
#include "runner.h"
#include "talk.h"

static struct llhttp_case *cases;
static struct talk *t;

/* Where the inspector reads a message otherwise than llhttp, on purpose. */
static const struct {
	const char *name; /* a part of the case's */
	const char *why;
} differences[] = {
	{ "No restart when keep-alive is off (1.0)",
	  "RFC 9112 9.6: who closes may still receive; what the client sends is told, and has no response" },
	{ "SOURCE request with ICE", "RFC 9112 2.3: HTTP-name is HTTP; Icecast is another protocol" },
	{ "request with RTSP", "RFC 9112 2.3: HTTP-name is HTTP; RTSP (RFC 7826) is another protocol" },
	{ "No HTTP version", "RFC 9112 2.3: a line without a version is taken for HTTP/0.9 only where HTTP was seen before" },
};

static bool differs(const struct llhttp_case *c)
{
	size_t i;

	for (i = 0; i < sizeof(differences) / sizeof(differences[0]); i++)
		if (strstr(c->name, differences[i].name))
			return true;
	return false;
}

/* llhttp stops where the connection may leave HTTP: that is no refusal. */
static bool is_refusal(int error)
{
	return error && error != 22 && error != 23;
}

static void ask(const struct llhttp_case *c)
{
	int i;

	for (i = 0; c->response && i < c->count; i++)
		talk_say(t, CLIENT, c->head ? "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" : "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

/* Answers bring what was learned of the requests' bodies. */
static void answer(const struct llhttp_case *c)
{
	int i, n = talk_count(t, EBPFI_EVENT_HTTP_REQUEST);

	for (i = 0; !c->response && i < n; i++)
		talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
}

/* The case with its first `split` bytes in segments of `each`, the rest in one. */
static void play(const struct llhttp_case *c, size_t split, size_t each)
{
	int from = c->response ? SERVER : CLIENT;

	talk_open(t);
	ask(c);
	talk_bytes(t, from, c->input, split, each);
	talk_bytes(t, from, c->input + split, c->size - split, 0);
	answer(c);
	segments_say(&t->to, from, FIN | ACK, NULL, 0);
	segments_say(&t->to, !from, FIN | ACK, NULL, 0);
}

/* What was said about the n-th message after its head: an event that it is broken, or anomalies that came later. */
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

/* Refused: the message is not there, or not clean. */
static bool is_refused(const struct llhttp_case *c, int n)
{
	const struct ebpfi_http *h = talk_event(t, c->response ? EBPFI_EVENT_HTTP_RESPONSE : EBPFI_EVENT_HTTP_REQUEST, n);

	return !h || !is_clean(c, n);
}

static bool is_informational(const struct llhttp_message *m)
{
	return m->status >= 100 && m->status < 200 && m->status != 101;
}

/* What is wrong with our reading of the case; NULL: nothing. */
static const char *judge(const struct llhttp_case *c)
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

static void tell(const struct llhttp_case *c, const char *why)
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
	why = judge(c);
	if (why && !differs(c)) {
		tell(c, why);
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

START_TEST(each_case_is_read_alike_however_it_is_cut)
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
			tell(c, "cut");
			ck_abort_msg("%s: cut at %zu", c->name, split);
		}
	}
	play(c, c->size, 1);
	talk_forget_times(t);
	ck_assert_msg(same_events(c, whole), "%s: a byte a segment", c->name);
	talk_free(t);
	free(whole);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_case_is_read_as_a_strict_parser_reads_it,
		each_case_is_read_alike_however_it_is_cut,
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
