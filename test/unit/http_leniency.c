/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Each request that a server in http_leniency.txt executed is told, in order, and its response is paired; an odd one is marked, a clean one
 * is not. test/fuzz/servers.py asks the servers themselves.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"
#include "talk.h"

enum { CASES = 600, READINGS = 12, EXECUTED = 4, TOLD = 16 };

struct executed {
	char method[64], target[64];
	long body; /* -1: unknown */
};

/* Servers that execute the same requests. */
struct reading {
	char servers[128];
	int count;
	struct executed executed[EXECUTED];
};

/* ANY: a mutation from test/fuzz/servers.sh, of which only the servers' readings are known. */
enum kind { CLEAN, ODD, ANY };

struct leniency {
	char name[128];
	enum kind kind;
	char input[1024];
	size_t size;
	int count;
	struct reading readings[READINGS];
};

/* A request as the events tell it. */
struct told {
	const struct ebpfi_http *event; /* the first about it */
	uint64_t anomalies;             /* of all events about it */
	bool broken;
};

static const char next_request[] = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
static struct leniency *cases;
static int case_count;
static struct talk *t;
static struct told told[TOLD];
static int told_count;

/* Check's own assertions work only in tests. */
static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	fprintf(stderr, "http_leniency.txt, case %d: %s\n", case_count, what);
	exit(1);
}

/* Replaces the escapes \r, \n, \t, \\ and \xHH; returns the size. */
static size_t unescape(char *to, size_t room, const char *from)
{
	static const char names[] = "rnt\\", bytes[] = "\r\n\t\\";
	char hex[3] = { 0 };
	const char *name;
	size_t size = 0;

	for (; *from && size + 1 < room; from++) {
		name = *from == '\\' && from[1] ? strchr(names, from[1]) : NULL;
		if (name) {
			to[size++] = bytes[name - names];
			from++;
		} else if (*from == '\\' && from[1] == 'x') {
			memcpy(hex, from + 2, 2);
			to[size++] = (char)strtol(hex, NULL, 16);
			from += 3;
		} else {
			to[size++] = *from;
		}
	}
	to[size] = '\0';
	return size;
}

/* "GET /x 5 | GET /next -" */
static void read_executed(struct reading *r, char *list)
{
	char *rest = NULL, *one, method[64], target[128], body[16];

	for (one = strtok_r(list, "|", &rest); one; one = strtok_r(NULL, "|", &rest)) {
		struct executed *e = &r->executed[r->count];

		must(r->count < EXECUTED, "too many requests");
		must(sscanf(one, "%63s %127s %15s", method, target, body) == 3, "not METHOD TARGET BODY");
		unescape(e->method, sizeof(e->method), method);
		unescape(e->target, sizeof(e->target), target);
		e->body = *body == '-' ? -1 : strtol(body, NULL, 10);
		r->count++;
	}
}

static void begin_case(enum kind kind, const char *name)
{
	struct leniency *c = &cases[case_count++];

	must(case_count <= CASES, "too many cases");
	c->kind = kind;
	unescape(c->name, sizeof(c->name), name);
}

static void read_line(char *line)
{
	struct leniency *c = &cases[case_count ? case_count - 1 : 0];
	char *value = strstr(line, ": ");

	line[strcspn(line, "\n")] = '\0';
	if (*line == '#' || !value)
		return;
	*value = '\0';
	value += 2;
	if (!strcmp(line, "odd") || !strcmp(line, "clean") || !strcmp(line, "any")) {
		begin_case(*line == 'o' ? ODD : *line == 'c' ? CLEAN : ANY, value);
	} else if (!strcmp(line, "  input")) {
		c->size = unescape(c->input, sizeof(c->input), value);
	} else if (strcmp(line, "  refused by")) {
		must(c->count < READINGS, "too many readings");
		unescape(c->readings[c->count].servers, sizeof(c->readings[0].servers), line + 2);
		read_executed(&c->readings[c->count++], value);
	}
}

static void read_cases(void)
{
	const char *path = getenv("EBPFI_LENIENCY");
	FILE *file = fopen(path ? path : EBPFI_SOURCE "/test/unit/http_leniency.txt", "re");
	char line[2048];

	cases = calloc(CASES, sizeof(*cases));
	must(file && cases, "cannot be read");
	while (fgets(line, sizeof(line), file))
		read_line(line);
	fclose(file);
}

/* The request that an event is about; a new one if it is about none before. */
static struct told *told_by(const struct ebpfi_http *h)
{
	int i;

	for (i = told_count - 1; i >= 0; i--)
		if (h->number && told[i].event->number == h->number)
			return &told[i];
	if (h->event.kind == EBPFI_EVENT_HTTP_RESPONSE || h->event.kind == EBPFI_EVENT_HTTP_HEAD)
		return NULL;
	ck_assert_int_lt(told_count, TOLD);
	told[told_count].event = h;
	return &told[told_count++];
}

/* `first`: the events before it are about another exchange. */
static void collect(int first)
{
	struct told *one;
	int i;

	memset(told, 0, sizeof(told));
	told_count = 0;
	for (i = first; i < t->count; i++) {
		one = told_by(&t->events[i].http);
		if (!one)
			continue;
		one->anomalies |= t->events[i].http.anomalies & ~(1ULL << EBPFI_HTTP_UNPAIRED);
		one->broken |= t->events[i].http.event.kind == EBPFI_EVENT_HTTP_BROKEN;
	}
}

/* Sends the case, the next request, and two responses. `known`: the connection has spoken HTTP before. */
static void play(const struct leniency *c, bool known)
{
	int i, first = 0;

	t = talk_new(0);
	talk_complete(t);
	talk_open(t);
	if (known) {
		talk_say(t, CLIENT, "GET /before HTTP/1.1\r\nHost: a\r\n\r\n");
		talk_say(t, SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
		first = t->count;
	}
	talk_bytes(t, CLIENT, c->input, c->size, 0);
	talk_say(t, CLIENT, next_request);
	for (i = 0; i < 2; i++)
		talk_say(t, SERVER, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	segments_close(&t->to);
	collect(first);
}

static bool is_token(const char *text)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *text && text[strspn(text, token)] == '\0';
}

/* gunicorn 20 writes methods in capitals. */
static bool has_method(const struct ebpfi_http *h, const char *method)
{
	unsigned int length;
	const char *is = http_field_text(h, EBPFI_HTTP_METHOD, &length);

	return length == strlen(method) && !strncasecmp(is, method, length);
}

/* Servers take the path of an absolute-form target. */
static bool is_path_of(const struct ebpfi_http *h, const char *path)
{
	unsigned int length;
	const char *is = http_field_text(h, EBPFI_HTTP_TARGET, &length);

	return memmem(is, length, "://", 3) && length >= strlen(path) &&
	       !memcmp(is + length - strlen(path), path, strlen(path));
}

/* An odd target has as many readings as servers, so it only has to be marked. */
static bool same_request(const struct told *is, const struct executed *e)
{
	if (!is_token(e->method))
		return is->anomalies;
	return has_method(is->event, e->method) &&
	       (!strcmp(e->target, "-") || talk_is(is->event, EBPFI_HTTP_TARGET, e->target) ||
		is_path_of(is->event, e->target) || is->anomalies);
}

static const struct ebpfi_http *response_to(const struct told *is)
{
	const struct ebpfi_http *h;
	int i;

	for (i = 0; (h = talk_event(t, EBPFI_EVENT_HTTP_RESPONSE, i)); i++)
		if (h->number == is->event->number)
			return h;
	return NULL;
}

static void print_case(const struct leniency *c)
{
	int i, j, bit;

	printf("%s\n", c->name);
	for (i = 0; i < c->count; i++)
		for (j = 0; j < c->readings[i].count; j++)
			printf("  %s: %s %s %ld\n", j ? "  then" : c->readings[i].servers, c->readings[i].executed[j].method,
			       c->readings[i].executed[j].target, c->readings[i].executed[j].body);
	for (i = 0; i < t->count; i++) {
		const struct ebpfi_http *h = &t->events[i].http;

		printf("  ours: kind %d number %u status %u", h->event.kind, h->number, h->status);
		for (bit = EBPFI_HTTP_METHOD; bit <= EBPFI_HTTP_TARGET; bit += EBPFI_HTTP_TARGET - EBPFI_HTTP_METHOD) {
			unsigned int length;
			const char *text = http_field_text(h, (enum ebpfi_http_field)bit, &length);

			printf(" '%.*s'", (int)length, text);
		}
		printf(" body %llu anomalies", (unsigned long long)h->request_bytes);
		for (bit = 0; bit < 64; bit++)
			if (h->anomalies >> bit & 1)
				printf(" %d", bit);
		printf("\n");
	}
	fflush(stdout);
}

static bool same_executed(const struct executed *one, const struct executed *other)
{
	return !strcasecmp(one->method, other->method) && (one->body < 0 || other->body < 0 || one->body == other->body);
}

/* Whether the servers that execute anything execute the same requests. */
static bool servers_agree(const struct leniency *c)
{
	int i, j;

	for (i = 1; i < c->count; i++)
		for (j = 0; j < c->readings[i].count && j < c->readings[0].count; j++)
			if (!same_executed(&c->readings[i].executed[j], &c->readings[0].executed[j]))
				return false;
	return true;
}

/* The size of the n-th request's body; -1: the servers do not tell, or differ. */
static long body_size(const struct leniency *c, int n)
{
	long size = -1;
	int i;

	for (i = 0; i < c->count; i++) {
		if (c->readings[i].count <= n || c->readings[i].executed[n].body < 0)
			continue;
		if (size >= 0 && size != c->readings[i].executed[n].body)
			return -1;
		size = c->readings[i].executed[n].body;
	}
	return size;
}

/* What is wrong about the n-th executed request; NULL: nothing. */
static const char *check_executed(const struct leniency *c, const struct executed *e, int n)
{
	const struct told *is = &told[n];
	const struct ebpfi_http *response;

	if (n >= told_count)
		return "an executed request is not told";
	if (!same_request(is, e))
		return "an executed request is told otherwise";
	response = response_to(is);
	if (body_size(c, n) >= 0 && !is->broken && !talk_smuggling(is->anomalies) && response &&
	    response->request_bytes != (uint64_t)body_size(c, n))
		return "the body's size differs";
	return NULL;
}

/* A broken request may be the last that is read; after one that can cause smuggling, servers and events may differ. */
static const char *check_reading(const struct leniency *c, const struct reading *r)
{
	const char *wrong;
	int i;

	for (i = 0; i < r->count; i++) {
		wrong = check_executed(c, &r->executed[i], i);
		if (wrong)
			return wrong;
		if (told[i].broken || (talk_smuggling(told[i].anomalies) && (c->kind == ANY || !servers_agree(c))))
			return NULL;
	}
	return NULL;
}

/*
 * A connection that does not begin with a token and a blank need not be HTTP. Without a version, methods other than GET are commands of
 * protocols like FTP.
 */
static bool may_be_http(const struct leniency *c)
{
	const char *at = c->input + strspn(c->input, "\r\n"), *version = strstr(at, " HTTP/");
	char word[64] = { 0 };
	size_t length = strcspn(at, " \t\r\n");

	if (length >= sizeof(word) || !at[length])
		return false;
	memcpy(word, at, length);
	return is_token(word) &&
	       (!strcmp(word, "GET") || (version && version > at + length && version < at + strcspn(at, "\r\n")));
}

static bool is_any_marked(void)
{
	int i;

	for (i = 0; i < told_count; i++)
		if (told[i].anomalies || told[i].broken)
			return true;
	return false;
}

static const char *check_case(const struct leniency *c, bool known)
{
	const char *wrong;
	int i;

	for (i = 0; i < c->count; i++) {
		if (!known && !may_be_http(c))
			break;
		wrong = check_reading(c, &c->readings[i]);
		if (wrong)
			return wrong;
	}
	if (c->kind == ANY && !servers_agree(c) && !is_any_marked())
		return "servers disagree, and no request is marked";
	if (c->kind == ODD && told_count && !told[0].anomalies)
		return "an odd request is not marked";
	if (c->kind == CLEAN && told_count && told[0].anomalies)
		return "a clean request is marked";
	return NULL;
}

static void check(const struct leniency *c, bool known)
{
	const char *wrong;

	play(c, known);
	wrong = check_case(c, known);
	if (wrong) {
		print_case(c);
		ck_abort_msg("%s: %s", c->name, wrong);
	}
	talk_free(t);
}

START_TEST(each_executed_request_is_told_on_a_new_connection)
{
	check(&cases[_i], false);
}
END_TEST

START_TEST(each_executed_request_is_told_on_a_known_connection)
{
	check(&cases[_i], true);
}
END_TEST

START_TEST(each_executed_request_has_its_response)
{
	const struct leniency *c = &cases[_i];
	const struct ebpfi_http *response;

	play(c, true);
	response = c->count && told_count ? response_to(&told[0]) : NULL;
	if (c->count && (!response || !response->number || response->anomalies >> EBPFI_HTTP_UNPAIRED & 1)) {
		print_case(c);
		ck_abort_msg("%s: its response is not paired", c->name);
	}
	talk_free(t);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_executed_request_is_told_on_a_new_connection,
		each_executed_request_is_told_on_a_known_connection,
		each_executed_request_has_its_response,
	};

	read_cases();
	return RUN_LOOPS("http_leniency", NULL, tests, case_count);
}
