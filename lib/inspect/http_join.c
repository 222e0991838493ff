/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_join.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 16384 }; /* requests that may wait at once; a power of two */

struct waiting {
	uint64_t connection;
	uint32_t number;
	uint32_t next; /* of the same hash, or of the free ones; places count from 1, 0 is the end */
};

/* Whose place was freed last is used first: as few are touched as requests wait, and those are in the cache. */
struct join {
	struct ebpfi_http joined; /* what complete returned last */
	uint32_t unused, used, victim;
	uint32_t heads[PLACES];
	struct waiting waiting[PLACES + 1];
	struct ebpfi_http requests[PLACES + 1];
};

void *http_join_new(void)
{
	return calloc(1, sizeof(struct join));
}

void http_join_free(void *join)
{
	free(join);
}

/* A connection's requests have their heads side by side: the next one's is in the cache already. */
static uint32_t *head_of(struct join *join, uint64_t connection, uint32_t number)
{
	return &join->heads[((connection * 0x9e3779b97f4a7c15ULL >> 50) + number) & (PLACES - 1)];
}

/* The place of a request, out of its chain and free to be used again; 0 if it is not known. */
static uint32_t take_place(struct join *join, uint64_t connection, uint32_t number)
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

/* Requests without an answer stay until all places are taken; then one after the other gives way. */
static uint32_t free_place(struct join *join)
{
	uint32_t place;

	if (!join->unused && join->used < PLACES)
		return ++join->used;
	if (!join->unused) {
		join->victim = join->victim % PLACES + 1;
		take_place(join, join->waiting[join->victim].connection, join->waiting[join->victim].number);
	}
	place = join->unused;
	join->unused = join->waiting[place].next;
	return place;
}

static void keep_request(struct join *join, const struct ebpfi_http *http)
{
	uint32_t place, *head = head_of(join, http->connection, http->number);

	take_place(join, http->connection, http->number);
	place = free_place(join);
	join->waiting[place] = (struct waiting){ http->connection, http->number, *head };
	*head = place;
	memcpy(&join->requests[place], http, http->event.len);
}

static void take_text(struct ebpfi_http *to, const struct ebpfi_http *from, unsigned int field)
{
	memcpy(to->text + ebpfi_http_base(field), from->text + ebpfi_http_base(field), ebpfi_http_room(field));
	to->used[field] = from->used[field];
}

static const struct ebpfi_event *add_request(struct join *join, const struct ebpfi_http *response)
{
	static const unsigned int fields[] = { EBPFI_HTTP_METHOD, EBPFI_HTTP_TARGET, EBPFI_HTTP_HOST, EBPFI_HTTP_USER_AGENT,
					       EBPFI_HTTP_AUTHORIZATION };
	uint32_t place = response->number ? take_place(join, response->connection, response->number) : 0;
	const struct ebpfi_http *request = &join->requests[place];
	size_t i;

	if (!place)
		return &response->event;
	memcpy(&join->joined, response, response->event.len);
	join->joined.event.len = sizeof(join->joined);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		take_text(&join->joined, request, fields[i]);
	join->joined.anomalies |= request->anomalies;
	return &join->joined.event;
}

const struct ebpfi_event *http_join(void *join, const struct ebpfi_event *event)
{
	const struct ebpfi_http *http = (const struct ebpfi_http *)event;

	if (event->len < offsetof(struct ebpfi_http, text) || event->len > sizeof(*http))
		return event;
	if (event->kind == EBPFI_EVENT_HTTP_RESPONSE)
		return add_request(join, http);
	if (event->kind == EBPFI_EVENT_HTTP_REQUEST)
		keep_request(join, http);
	return event;
}
