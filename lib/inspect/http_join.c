/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_join.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 4096 }; /* a power of two */

struct join {
	struct ebpfi_http joined; /* a response with its request's texts */
	struct ebpfi_http requests[PLACES];
};

void *http_join_new(void)
{
	return calloc(1, sizeof(struct join));
}

void http_join_free(void *join)
{
	free(join);
}

static struct ebpfi_http *place_of(struct join *join, const struct ebpfi_http *http)
{
	uint64_t hash = (http->connection + http->number) * 0x9e3779b97f4a7c15ULL;

	return &join->requests[hash >> 52 & (PLACES - 1)];
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
	const struct ebpfi_http *request = place_of(join, response);
	size_t i;

	if (!response->number || request->connection != response->connection || request->number != response->number)
		return &response->event;
	join->joined = *response;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		take_text(&join->joined, request, fields[i]);
	join->joined.anomalies |= request->anomalies;
	return &join->joined.event;
}

void http_join(void *join, const struct ebpfi_event *event, inspector_emit_fn emit, void *to)
{
	const struct ebpfi_http *http = (const struct ebpfi_http *)event;

	if (event->len >= sizeof(*http) && event->kind == EBPFI_EVENT_HTTP_RESPONSE)
		event = add_request(join, http);
	else if (event->len >= sizeof(*http) && event->kind == EBPFI_EVENT_HTTP_REQUEST)
		*place_of(join, http) = *http;
	emit(to, event);
}
