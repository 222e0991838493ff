/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_join.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "connection_hash.h"
#include "http/record.h"

enum {
	PLACES = 16384, /* requests that may wait; a power of two */
	/* A response gets these texts of its request: adjacent fields, as in an event. */
	FIRST = EBPFI_HTTP_METHOD,
	LAST = EBPFI_HTTP_TARGET,
	TEXTS = 816,
};

/* The texts have no unused room between them: most requests take two cache lines instead of ten. */
struct request {
	uint64_t anomalies;
	uint16_t used[LAST - FIRST + 1];
	uint8_t texts[TEXTS];
};

struct waiting {
	uint64_t connection;
	uint32_t number;
	uint32_t next; /* next place with the same hash, or next unused place, counted from 1; 0: the end */
};

/* The last freed place is used first, so that only as many places as waiting requests are touched and stay in the cache. */
struct join {
	struct http_record joined; /* the last event that was returned */
	uint64_t seed;
	uint32_t unused, used, victim;
	uint32_t heads[PLACES];
	struct waiting waiting[PLACES + 1];
	struct request requests[PLACES + 1];
};

void *http_join_new(void)
{
	struct join *join = calloc(1, sizeof(*join));

	if (join)
		join->seed = connection_seed();
	return join;
}

void http_join_free(void *join)
{
	free(join);
}

/* The heads of a connection's requests are adjacent, so that the next one is in the cache. */
static uint32_t *head_of(struct join *join, uint64_t connection, uint32_t number)
{
	return &join->heads[((connection_hash(join->seed, connection) >> 50) + number) & (PLACES - 1)];
}

/* Frees the place of a request, which stays readable until it is claimed. Returns 0 if the request is unknown. */
static uint32_t free_place(struct join *join, uint64_t connection, uint32_t number)
{
	uint32_t place, *link = head_of(join, connection, number);

	while (*link && (join->waiting[*link].number != number || join->waiting[*link].connection != connection))
		link = &join->waiting[*link].next;
	place = *link;
	if (!place)
		return 0;
	*link = join->waiting[place].next;
	join->waiting[place].next = join->unused;
	join->unused = place;
	return place;
}

/* If all places are taken, evicts the requests in turn. */
static uint32_t claim_place(struct join *join)
{
	uint32_t place;

	if (!join->unused && join->used < PLACES)
		return ++join->used;
	if (!join->unused) {
		join->victim = join->victim % PLACES + 1;
		free_place(join, join->waiting[join->victim].connection, join->waiting[join->victim].number);
	}
	place = join->unused;
	join->unused = join->waiting[place].next;
	return place;
}

static unsigned int size_of(const struct request *request, unsigned int field)
{
	unsigned int used = request->used[field - FIRST], room = http_text_room(field);

	return used < room ? used : room;
}

static void keep_texts(struct request *request, const struct ebpfi_http *http)
{
	uint8_t *to = request->texts;
	unsigned int field;

	request->anomalies = http->anomalies;
	memcpy(request->used, http->used + FIRST, sizeof(request->used));
	for (field = FIRST; field <= LAST; to += size_of(request, field++))
		memcpy(to, http_text_at(http, field), size_of(request, field));
}

static void add_texts(struct ebpfi_http *http, const struct request *request)
{
	const uint8_t *from = request->texts;
	unsigned int field;

	http->anomalies |= request->anomalies;
	memcpy(http->used + FIRST, request->used, sizeof(request->used));
	memset(http_text_at(http, FIRST), 0, TEXTS);
	for (field = FIRST; field <= LAST; from += size_of(request, field++))
		memcpy(http_text_at(http, field), from, size_of(request, field));
}

static void keep_request(struct join *join, const struct ebpfi_http *http)
{
	uint32_t place, *head = head_of(join, http->connection, http->number);

	free_place(join, http->connection, http->number);
	place = claim_place(join);
	join->waiting[place] = (struct waiting){ http->connection, http->number, *head };
	*head = place;
	keep_texts(&join->requests[place], http);
}

static const struct ebpfi_event *add_request(struct join *join, const struct ebpfi_http *response)
{
	uint32_t place = response->number ? free_place(join, response->connection, response->number) : 0;

	if (!place)
		return &response->event;
	memcpy(&join->joined, response, response->event.len);
	join->joined.http.event.len = sizeof(join->joined);
	add_texts(&join->joined.http, &join->requests[place]);
	return &join->joined.http.event;
}

const struct ebpfi_event *http_join(void *join, const struct ebpfi_event *event)
{
	const struct ebpfi_http *http = (const struct ebpfi_http *)event;

	if (event->len < sizeof(struct ebpfi_http) || event->len > sizeof(struct http_record))
		return event;
	if (event->kind == EBPFI_EVENT_HTTP_RESPONSE)
		return add_request(join, http);
	if (event->kind == EBPFI_EVENT_HTTP_REQUEST)
		keep_request(join, http);
	return event;
}
