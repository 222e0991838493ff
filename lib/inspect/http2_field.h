/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The fields of an HTTP/2 header block: those that an event can carry, and the rules of RFC 9113 8.2 and 8.3. */
#pragma once

#include <ebpfinspect/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "hpack.h"

struct http_table;

/* The fields that have a meaning here. */
enum http2_field_kind {
	HTTP2_OTHER,
	HTTP2_METHOD,
	HTTP2_SCHEME,
	HTTP2_AUTHORITY,
	HTTP2_PATH,
	HTTP2_PROTOCOL, /* extended CONNECT (RFC 8441 4) */
	HTTP2_STATUS,
	HTTP2_PSEUDO_OTHER, /* unknown: the last that begins with a colon */
	HTTP2_HOST,
	HTTP2_CONTENT_LENGTH,
	HTTP2_TRANSFER_ENCODING,
	HTTP2_CONNECTION_SPECIFIC, /* RFC 9113 8.2.2 */
	HTTP2_TE,
	HTTP2_CONTENT_TYPE,
	HTTP2_USER_AGENT,
	HTTP2_AUTHORIZATION,
	HTTP2_GRPC_STATUS,
	HTTP2_FORWARDED_FOR,
	HTTP2_REFERER,
	HTTP2_LOCATION,
};

/* The fields of a block that were read so far. */
struct http2_fields {
	uint32_t kinds; /* a bit for each enum http2_field_kind */
	bool has_length;
	uint64_t length; /* of the first content-length */
};

/*
 * The marks of a field's name and value, made once when a text is received: anomalies (enum ebpfi_http_anomaly, a bit each) and bits of this
 * module. The table checks a :path.
 */
uint64_t http2_name_marks(const char *name, size_t length);
uint64_t http2_value_marks(const struct http_table *table, const struct hpack_field *field);

/* Puts a field and its anomalies into an event. HTTP/2 names are in lower case (RFC 9113 8.2). */
void http2_put_field(struct ebpfi_http *http, struct http2_fields *fields, const struct hpack_field *field);

/* The request's Content-Type gets a place of its own, for the response's event. */
void http2_move_content_type(struct ebpfi_http *http);

/* Copies a text from one event to the other. */
void http2_copy_field(struct ebpfi_http *to, const struct ebpfi_http *from, enum ebpfi_http_field field);

static inline bool http2_has(const struct http2_fields *fields, enum http2_field_kind kind)
{
	return fields->kinds >> kind & 1;
}

/* Whether there is any pseudo field. */
bool http2_has_pseudo(const struct http2_fields *fields);

/* Whether the event's method is this one. */
bool http2_is_method(const struct ebpfi_http *http, const char *method);

/* The anomalies of a whole block. `complete`: all its fields are known, so a field that is not there is missing. */
uint64_t http2_request_anomalies(const struct http2_fields *fields, const struct ebpfi_http *http, bool complete);
uint64_t http2_response_anomalies(const struct http2_fields *fields, bool complete);
uint64_t http2_trailer_anomalies(const struct http2_fields *fields);
