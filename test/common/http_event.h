/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Events of the inspector `http` for tests of code that receives them. */
#pragma once

#include <string.h>

#include "http/record.h"

static struct http_record record;

static inline void record_begin(uint16_t kind)
{
	memset(&record, 0, sizeof(record));
	record.http.event.kind = kind;
	record.http.event.len = sizeof(record);
	record.http.text_offset = sizeof(record.http);
	record.http.grpc_status = -1;
}

/* Like a program: a text that is longer than its room is cut, and its length is kept. */
static inline void record_put(enum ebpfi_http_field field, const char *text)
{
	size_t size = strlen(text), room = http_text_room(field);

	record.http.used[field] = (uint16_t)size;
	memcpy(http_text_at(&record.http, field), text, size < room ? size : room);
}

static inline const struct ebpfi_event *record_of(uint16_t kind, const char *method, const char *host, const char *target)
{
	record_begin(kind);
	record_put(EBPFI_HTTP_METHOD, method);
	record_put(EBPFI_HTTP_HOST, host);
	record_put(EBPFI_HTTP_TARGET, target);
	return &record.http.event;
}
