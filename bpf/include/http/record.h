/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The layout of an HTTP record, between the programs and the library. Hosts call ebpfi_http_text() instead. */
#pragma once

#include <ebpfinspect/event.h>

enum { HTTP_RECORD_TEXT = 1288 };

/*
 * Four sizes of a message's used text: a response, a request with a short target, a request with a long one, one with the headers that few
 * have. The library adds the last text, so the programs have no room for it.
 */
enum { HTTP_SHORT = 112, HTTP_MIDDLE = 456, HTTP_LONG = 904, HTTP_LONGEST = 1224, HTTP_SHORT_TARGET = 64 };

/* A record is cut after the last used text. */
struct http_record {
	struct ebpfi_http http;
	__u8 text[HTTP_RECORD_TEXT];
};

/* The offset of a field's text in `text`, and its room. */
static inline unsigned int http_text_base(unsigned int field)
{
	return field == EBPFI_HTTP_CONTENT_TYPE           ? 0
	       : field == EBPFI_HTTP_UPGRADE              ? 64
	       : field == EBPFI_HTTP_METHOD               ? 88
	       : field == EBPFI_HTTP_AUTHORIZATION        ? 112
	       : field == EBPFI_HTTP_HOST                 ? 136
	       : field == EBPFI_HTTP_USER_AGENT           ? 264
	       : field == EBPFI_HTTP_TARGET               ? 392
	       : field == EBPFI_HTTP_FORWARDED_FOR        ? 904
	       : field == EBPFI_HTTP_REFERER              ? 968
	       : field == EBPFI_HTTP_LOCATION             ? 1096
	       : field == EBPFI_HTTP_REQUEST_CONTENT_TYPE ? 1224
							  : 1288;
}

static inline unsigned int http_text_room(unsigned int field)
{
	return http_text_base(field + 1) - http_text_base(field);
}

/* The text of a field in a record. */
static inline __u8 *http_text_at(const struct ebpfi_http *http, unsigned int field)
{
	return ((struct http_record *)http)->text + http_text_base(field);
}

/* Like ebpfi_http_text(), for a record that this library made. */
static inline const char *http_field_text(const struct ebpfi_http *http, enum ebpfi_http_field field, unsigned int *length)
{
	unsigned int room = http_text_room(field);

	*length = http->used[field] < room ? http->used[field] : room;
	return (const char *)http_text_at(http, field);
}
