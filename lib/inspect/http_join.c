/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_join.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "connection_hash.h"
#include "http/given_up.h"
#include "http/record.h"
#include "http_request_check.h"

enum {
	PLACES = 16384, /* requests that may wait; a power of two */
	/* A response gets these texts of its request: adjacent fields, as in an event. */
	FIRST = EBPFI_HTTP_METHOD,
	LAST = EBPFI_HTTP_REFERER,
	TEXTS = 1072,              /* with the Content-Type of the request */
	LOOK_EVERY_NS = 500000000, /* for timeouts: a look at all places takes some 100 microseconds */
};

/* The texts have no unused room between them: most requests take four cache lines instead of fifteen. */
struct request {
	struct ebpfi_http http;
	uint8_t texts[TEXTS];
};

struct waiting {
	uint64_t connection;
	uint32_t number;
	uint32_t next; /* next place with the same hash, or next unused place, counted from 1; 0: the end */
	bool timed_out;
};

/* Where events go. */
struct outlet {
	inspector_emit_fn emit;
	void *to;
};

/* The last freed place is used first, so that only as many places as waiting requests are touched and stay in the cache. */
struct join {
	struct http_record joined;     /* the last record that was completed */
	struct http_record unanswered; /* of its own: a record that is completed may evict another request */
	uint64_t seed;
	uint64_t now_ns;     /* the latest time that an event or a tick had */
	uint64_t timeout_ns; /* 0: none */
	uint64_t next_look_ns;
	uint32_t unused, used, victim;
	uint32_t heads[PLACES];
	struct waiting waiting[PLACES + 1];
	struct request requests[PLACES + 1];
};

struct join *http_join_new(void)
{
	struct join *join = calloc(1, sizeof(*join));

	if (join)
		join->seed = connection_seed();
	return join;
}

void http_join_free(struct join *join)
{
	free(join);
}

/* The heads of a connection's requests are adjacent, so that the next one is in the cache. */
static uint32_t *head_of(struct join *join, uint64_t connection, uint32_t number)
{
	return &join->heads[((connection_hash(join->seed, connection) >> 50) + number) & (PLACES - 1)];
}

/* The place of a request; 0: it is unknown. */
static uint32_t find_place(struct join *join, uint64_t connection, uint32_t number)
{
	uint32_t place = *head_of(join, connection, number);

	while (place && (join->waiting[place].number != number || join->waiting[place].connection != connection))
		place = join->waiting[place].next;
	return place;
}

/* A freed place stays readable until it is claimed. */
static void free_place(struct join *join, uint32_t place)
{
	struct waiting *w = &join->waiting[place];
	uint32_t *link = head_of(join, w->connection, w->number);

	while (*link != place)
		link = &join->waiting[*link].next;
	*link = w->next;
	*w = (struct waiting){ .next = join->unused };
	join->unused = place;
}

static unsigned int size_of(const struct ebpfi_http *http, unsigned int field)
{
	unsigned int used = http->used[field], room = http_text_room(field);

	return used < room ? used : room;
}

static void keep_texts(struct request *request, const struct ebpfi_http *http)
{
	uint8_t *to = request->texts;
	unsigned int field;

	request->http = *http;
	for (field = FIRST; field <= LAST; to += size_of(http, field++))
		memcpy(to, http_text_at(http, field), size_of(http, field));
	memcpy(to, http_text_at(http, EBPFI_HTTP_CONTENT_TYPE), size_of(http, EBPFI_HTTP_CONTENT_TYPE));
}

static void add_texts(struct ebpfi_http *http, const struct request *request)
{
	const uint8_t *from = request->texts;
	unsigned int field;

	http->anomalies |= request->http.anomalies;
	memcpy(http->used + FIRST, request->http.used + FIRST, (LAST - FIRST + 1) * sizeof(http->used[0]));
	http->used[EBPFI_HTTP_REQUEST_CONTENT_TYPE] = request->http.used[EBPFI_HTTP_CONTENT_TYPE];
	if (!http->used[EBPFI_HTTP_LOCATION]) /* then a short record does not have it */
		memset(http_text_at(http, EBPFI_HTTP_LOCATION), 0, http_text_room(EBPFI_HTTP_LOCATION));
	memset(http_text_at(http, EBPFI_HTTP_REQUEST_CONTENT_TYPE), 0, http_text_room(EBPFI_HTTP_REQUEST_CONTENT_TYPE));
	for (field = FIRST; field <= LAST; from += size_of(http, field++)) {
		memset(http_text_at(http, field), 0, http_text_room(field));
		memcpy(http_text_at(http, field), from, size_of(http, field));
	}
	memcpy(http_text_at(http, EBPFI_HTTP_REQUEST_CONTENT_TYPE), from, size_of(http, EBPFI_HTTP_REQUEST_CONTENT_TYPE));
}

/* Makes the event of a request without a response. */
static void tell_unanswered(struct join *join, uint32_t place, uint8_t reason, const struct outlet *out)
{
	const struct request *request = &join->requests[place];
	struct ebpfi_http *http = &join->unanswered.http;

	memset(&join->unanswered, 0, sizeof(join->unanswered));
	*http = request->http;
	add_texts(http, request);
	http->event.kind = EBPFI_EVENT_HTTP_UNANSWERED;
	http->event.len = sizeof(join->unanswered);
	http->event.time_ns = join->now_ns;
	http->reason = reason;
	if (http->request_time_ns && join->now_ns > http->request_time_ns)
		http->duration_ns = join->now_ns - http->request_time_ns;
	out->emit(out->to, &http->event);
}

static void give_up(struct join *join, uint32_t place, uint8_t reason, const struct outlet *out)
{
	if (!join->waiting[place].timed_out)
		tell_unanswered(join, place, reason, out);
	free_place(join, place);
}

/* The reason is the library's, so it does not know whether the server was seen after the request. */
static uint8_t reason_of(const struct join *join, uint32_t place, uint8_t reason)
{
	return join->requests[place].http.one_way ? EBPFI_HTTP_REASON_ONE_WAY : reason;
}

/* If all places are taken, evicts the requests in turn. */
static uint32_t claim_place(struct join *join, const struct outlet *out)
{
	uint32_t place;

	if (!join->unused && join->used < PLACES)
		return ++join->used;
	if (!join->unused) {
		join->victim = join->victim % PLACES + 1;
		give_up(join, join->victim, reason_of(join, join->victim, EBPFI_HTTP_REASON_EVICTED), out);
	}
	place = join->unused;
	join->unused = join->waiting[place].next;
	return place;
}

/* A broken message may be a request that was told before: then its second event has all that is known. */
static void keep_request(struct join *join, const struct ebpfi_http *http, const struct outlet *out)
{
	uint32_t place = find_place(join, http->connection, http->number), *head;

	if (!place) {
		place = claim_place(join, out);
		head = head_of(join, http->connection, http->number);
		join->waiting[place] =
			(struct waiting){ .connection = http->connection, .number = http->number, .next = *head };
		*head = place;
	}
	keep_texts(&join->requests[place], http);
}

static bool is_response(const struct ebpfi_http *http)
{
	switch (http->event.kind) {
	case EBPFI_EVENT_HTTP_REQUEST:
		return false;
	case EBPFI_EVENT_HTTP_BROKEN:
		return http->status;
	default:
		return true;
	}
}

/* The records are the kernel's and cannot be written, so a request with more anomalies is copied. */
static const struct ebpfi_http *check_request(struct join *join, const struct ebpfi_http *request)
{
	__u64 anomalies = http_request_check(request) & ~request->anomalies;

	if (!anomalies)
		return request;
	memcpy(&join->joined, request, request->event.len);
	join->joined.http.anomalies |= anomalies;
	return &join->joined.http;
}

static const struct ebpfi_event *add_request(struct join *join, const struct ebpfi_http *response)
{
	uint32_t place = response->number ? find_place(join, response->connection, response->number) : 0;

	if (!place)
		return &response->event;
	memcpy(&join->joined, response, response->event.len);
	join->joined.http.event.len = sizeof(join->joined);
	add_texts(&join->joined.http, &join->requests[place]);
	if (response->event.kind == EBPFI_EVENT_HTTP_RESPONSE || response->event.kind == EBPFI_EVENT_HTTP_OPEN)
		free_place(join, place);
	return &join->joined.http.event;
}

const struct ebpfi_event *http_join(struct join *join, const struct ebpfi_event *event, inspector_emit_fn emit, void *to)
{
	const struct ebpfi_http *http = (const struct ebpfi_http *)event;
	const struct outlet out = { emit, to };

	if (event->len < sizeof(struct ebpfi_http) || event->len > sizeof(struct http_record))
		goto out;
	if (event->time_ns > join->now_ns)
		join->now_ns = event->time_ns;
	if (is_response(http)) {
		event = add_request(join, http);
		goto out;
	}
	http = check_request(join, http);
	event = &http->event;
	if (http->number && !http->answered)
		keep_request(join, http, &out);
out:
	emit(to, event);
	return event;
}

void http_join_open(struct join *join, struct ebpfi_http *message, inspector_emit_fn emit, void *to)
{
	message->event.time_ns = join->now_ns;
	if (message->request_time_ns && join->now_ns > message->request_time_ns)
		message->duration_ns = join->now_ns - message->request_time_ns;
	http_join(join, &message->event, emit, to);
}

void http_join_give_up(struct join *join, const struct http_given_up *record, inspector_emit_fn emit, void *to)
{
	const struct outlet out = { emit, to };
	uint32_t i, place, count = record->last - record->first + 1;

	if (record->event.len < sizeof(*record))
		return;
	if (record->event.time_ns > join->now_ns)
		join->now_ns = record->event.time_ns;
	for (i = 0; i < count && i < PLACES; i++) {
		place = find_place(join, record->connection, record->first + i);
		if (place)
			give_up(join, place, (uint8_t)record->reason, &out);
	}
}

void http_join_set_timeout(struct join *join, uint64_t timeout_ns)
{
	join->timeout_ns = timeout_ns;
}

/* A response that comes later is joined nevertheless. */
static void look_for_timeouts(struct join *join, const struct outlet *out)
{
	uint32_t place;

	join->next_look_ns = join->now_ns + LOOK_EVERY_NS;
	for (place = 1; place <= join->used; place++) {
		const struct ebpfi_http *http = &join->requests[place].http;
		struct waiting *w = &join->waiting[place];

		if (!w->number || w->timed_out || join->now_ns - http->request_time_ns < join->timeout_ns)
			continue;
		w->timed_out = true;
		tell_unanswered(join, place, reason_of(join, place, EBPFI_HTTP_REASON_TIMEOUT), out);
	}
}

static int compare_times(const void *one, const void *other, void *join)
{
	const struct request *requests = ((const struct join *)join)->requests;
	uint64_t a = requests[*(const uint32_t *)one].http.request_time_ns;
	uint64_t b = requests[*(const uint32_t *)other].http.request_time_ns;

	return (a > b) - (a < b);
}

/* Tells the requests that wait, the oldest first. The chains are not needed any more, so their room holds the order. */
static void stop(struct join *join, const struct outlet *out)
{
	uint32_t *order = join->heads, count = 0, i, place;

	for (place = 1; place <= join->used; place++)
		if (join->waiting[place].number && !join->waiting[place].timed_out)
			order[count++] = place;
	qsort_r(order, count, sizeof(*order), compare_times, join);
	for (i = 0; i < count; i++)
		tell_unanswered(join, order[i], reason_of(join, order[i], EBPFI_HTTP_REASON_STOPPED), out);
	memset(join->heads, 0, sizeof(join->heads));
	join->used = join->unused = 0;
}

void http_join_tick(struct join *join, uint64_t now_ns, inspector_emit_fn emit, void *to)
{
	const struct outlet out = { emit, to };

	if (now_ns == UINT64_MAX) {
		stop(join, &out);
		return;
	}
	if (now_ns > join->now_ns)
		join->now_ns = now_ns;
	if (join->timeout_ns && join->now_ns >= join->next_look_ns)
		look_for_timeouts(join, &out);
}
