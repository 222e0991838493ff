/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2_field.h"

#include <string.h>
#include <strings.h>

#include "http/record.h"
#include "http_grammar.h"
#include "http_request_check.h"
#include "http_target.h"

#define BIT(anomaly) (1ULL << EBPFI_HTTP_##anomaly)
#define KIND(kind) (1U << HTTP2_##kind)

/* Marks that are no anomalies. */
enum { KIND_SHIFT = 56, KIND_MASK = 31 };
#define HAS_AT (1ULL << 62) /* an "@", so there may be a user name */
#define ANOMALIES ((1ULL << KIND_SHIFT) - 1)

enum { HOST_CHECKED = 1024 }; /* bytes of an authority that are checked */

static const struct {
	const char *name;
	unsigned char length, kind;
} names[] = {
#define NAME(text, kind)                                                                                                       \
	{                                                                                                                      \
		text, sizeof(text) - 1, HTTP2_##kind                                                                           \
	}
	NAME(":method", METHOD),
	NAME(":scheme", SCHEME),
	NAME(":authority", AUTHORITY),
	NAME(":path", PATH),
	NAME(":protocol", PROTOCOL),
	NAME(":status", STATUS),
	NAME("host", HOST),
	NAME("content-length", CONTENT_LENGTH),
	NAME("transfer-encoding", TRANSFER_ENCODING),
	NAME("connection", CONNECTION_SPECIFIC),
	NAME("keep-alive", CONNECTION_SPECIFIC),
	NAME("proxy-connection", CONNECTION_SPECIFIC),
	NAME("upgrade", CONNECTION_SPECIFIC),
	NAME("te", TE),
	NAME("content-type", CONTENT_TYPE),
	NAME("user-agent", USER_AGENT),
	NAME("authorization", AUTHORIZATION),
	NAME("grpc-status", GRPC_STATUS),
	NAME("x-forwarded-for", FORWARDED_FOR),
	NAME("referer", REFERER),
	NAME("location", LOCATION),
};

static enum http2_field_kind kind_of_name(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].length == length && !memcmp(names[i].name, name, length))
			return names[i].kind;
	return length && *name == ':' ? HTTP2_PSEUDO_OTHER : HTTP2_OTHER;
}

static enum http2_field_kind kind_of(const struct hpack_field *f)
{
	return f->name_marks >> KIND_SHIFT & KIND_MASK;
}

static bool is_pseudo(enum http2_field_kind kind)
{
	return kind >= HTTP2_METHOD && kind <= HTTP2_PSEUDO_OTHER;
}

void http2_move_content_type(struct ebpfi_http *http)
{
	memcpy(http_text_at(http, EBPFI_HTTP_REQUEST_CONTENT_TYPE), http_text_at(http, EBPFI_HTTP_CONTENT_TYPE),
	       http_text_room(EBPFI_HTTP_CONTENT_TYPE));
	http->used[EBPFI_HTTP_REQUEST_CONTENT_TYPE] = http->used[EBPFI_HTTP_CONTENT_TYPE];
}

void http2_copy_field(struct ebpfi_http *to, const struct ebpfi_http *from, enum ebpfi_http_field field)
{
	memcpy(http_text_at(to, field), http_text_at(from, field), http_text_room(field));
	to->used[field] = from->used[field];
}

/* A number of at most `digits` digits; -1: the value is not such a number. */
static int64_t number_of(const char *value, size_t length, size_t digits)
{
	int64_t n = 0;
	size_t i;

	if (!length || length > digits)
		return -1;
	for (i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9')
			return -1;
		n = n * 10 + value[i] - '0';
	}
	return n;
}

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Letters, digits and some others. */
static bool has_only(const char *text, size_t length, const char *others)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (!is_letter_or_digit(text[i]) && (!text[i] || !strchr(others, text[i])))
			return false;
	return length != 0;
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *text, size_t length)
{
	return has_only(text, length, "!#$%&'*+-.^_`|~");
}

/* RFC 9113 8.2.1 */
static bool is_name(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] >= 0x7f || (name[i] >= 'A' && name[i] <= 'Z') || (name[i] == ':' && i))
			return false;
	return length != 0;
}

static bool is_value(const char *value, size_t length)
{
	return !memchr(value, '\0', length) && !memchr(value, '\r', length) && !memchr(value, '\n', length);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* gRPC sends metadata of such a name as any bytes. */
static bool is_binary(const char *name, size_t length)
{
	return length > 4 && !memcmp(name + length - 4, "-bin", 4);
}

/* If a proxy forwards these names in HTTP/1, they change the message. */
uint64_t http2_name_marks(const char *name, size_t length)
{
	enum http2_field_kind kind = kind_of_name(name, length);
	uint64_t marks = (uint64_t)kind << KIND_SHIFT;

	if (!is_name(name, length))
		marks |= BIT(BAD_NAME);
	if (kind == HTTP2_TRANSFER_ENCODING)
		marks |= BIT(BAD_CODING);
	if (kind == HTTP2_CONNECTION_SPECIFIC || kind == HTTP2_PSEUDO_OTHER)
		marks |= BIT(BAD_FIELD);
	return marks;
}

static uint64_t text_marks(const struct hpack_field *f)
{
	const char *value = f->value;
	size_t length = f->value_length;
	uint64_t marks = 0;

	if (is_binary(f->name, f->name_length))
		return 0;
	if (!is_value(value, length))
		marks |= BIT(CONTROL);
	if (length && (is_blank(value[0]) || is_blank(value[length - 1])))
		marks |= BIT(BAD_FIELD);
	return marks;
}

/* RFC 9113 8.3.1: a path begins with a slash, or is "*". */
static uint64_t path_marks(const struct http_table *table, const char *value, size_t length)
{
	uint64_t marks = http_target_anomalies(table, value, length);

	if (!length || (*value != '/' && (length != 1 || *value != '*')))
		marks |= BIT(BAD_TARGET);
	return marks | (memchr(value, '@', length) ? HAS_AT : 0);
}

static uint64_t authority_marks(const char *value, size_t length)
{
	size_t checked = length < HOST_CHECKED ? length : HOST_CHECKED;
	uint64_t marks = memchr(value, '@', length) ? BIT(BAD_HOST) | HAS_AT : 0;

	return marks | (http_is_host((struct http_part){ value, checked }, checked < length) ? 0 : BIT(BAD_HOST));
}

/* As in HTTP/1: some servers read leading zeros as octal. */
static uint64_t length_marks(const char *value, size_t length)
{
	size_t zeros = 0;

	while (zeros + 1 < length && value[zeros] == '0')
		zeros++;
	if (number_of(value + zeros, length - zeros, 18) < 0)
		return BIT(BAD_LENGTH);
	return zeros ? BIT(ODD_LENGTH) : 0;
}

uint64_t http2_value_marks(const struct http_table *table, const struct hpack_field *f)
{
	uint64_t marks = text_marks(f);
	const char *value = f->value;
	size_t length = f->value_length;

	switch (kind_of(f)) {
	case HTTP2_METHOD:
		return marks | (is_token(value, length) ? 0 : BIT(BAD_METHOD));
	case HTTP2_SCHEME:
		return marks | (has_only(value, length, "+-.") ? 0 : BIT(BAD_FIELD));
	case HTTP2_PROTOCOL:
		return marks | (is_token(value, length) ? 0 : BIT(BAD_FIELD));
	case HTTP2_STATUS:
		return marks | (length == 3 && number_of(value, length, 3) >= 100 ? 0 : BIT(BAD_FIELD));
	case HTTP2_TE:
		return marks | (length == 8 && !strncasecmp(value, "trailers", 8) ? 0 : BIT(BAD_FIELD));
	case HTTP2_PATH:
		return marks | path_marks(table, value, length);
	case HTTP2_AUTHORITY:
	case HTTP2_HOST:
		return marks | authority_marks(value, length);
	case HTTP2_CONTENT_LENGTH:
		return marks | length_marks(value, length);
	default:
		return marks;
	}
}

/* Credentials follow the scheme. Without a blank the value may be the credentials: then nothing is kept. */
static size_t scheme_of(const char *value, size_t length)
{
	size_t room = http_text_room(EBPFI_HTTP_AUTHORIZATION);
	const char *blank = memchr(value, ' ', length < room ? length : room);

	return blank && is_token(value, (size_t)(blank - value)) ? (size_t)(blank - value) : 0;
}

/* A text as the event has it: cut to its room, without user names and passwords. `to` has room for any text. */
static struct http_part text_part(const struct hpack_field *f, enum ebpfi_http_field field, char *to)
{
	size_t room = http_text_room(field), length = f->value_length < room ? f->value_length : room;
	struct http_part part = { f->value, length };
	enum http_text_kind kind = field == EBPFI_HTTP_HOST ? HTTP_TEXT_HOST : HTTP_TEXT_TARGET;

	if (!(f->value_marks & HAS_AT))
		return part;
	if (kind == HTTP_TEXT_HOST && length < f->value_length) /* the host is behind the last "@", maybe behind the room */
		return (struct http_part){ f->value, 0 };
	return http_without_userinfo(part, kind, length < f->value_length, to);
}

/* If user names were left out, the rest counts as the whole text. */
static void put_text(struct ebpfi_http *http, enum ebpfi_http_field field, const struct hpack_field *f)
{
	size_t room = http_text_room(field), length = f->value_length;
	struct http_part part;
	char rest[HTTP_RECORD_TEXT];

	part = text_part(f, field, rest);
	if (part.size < room && part.size < length)
		length = part.size;
	memcpy(http_text_at(http, field), part.at, part.size);
	http->used[field] = (__u16)(length < 0xffff ? length : 0xffff);
}

static void put_scheme(struct ebpfi_http *http, const struct hpack_field *f)
{
	size_t length = scheme_of(f->value, f->value_length);

	memcpy(http_text_at(http, EBPFI_HTTP_AUTHORIZATION), f->value, length);
	http->used[EBPFI_HTTP_AUTHORIZATION] = (__u16)length;
}

/* :authority and host: the first is kept. Two that differ, or two of host, are more than one Host in HTTP/1. */
static void put_host(struct ebpfi_http *http, const struct http2_fields *fields, const struct hpack_field *f)
{
	unsigned int known;
	const char *host = http_field_text(http, EBPFI_HTTP_HOST, &known);
	char rest[HTTP_RECORD_TEXT];
	struct http_part part;

	if (!f->value_length && kind_of(f) == HTTP2_AUTHORITY)
		http->anomalies |= BIT(BAD_HOST);
	if (kind_of(f) == HTTP2_HOST && http2_has(fields, HTTP2_HOST))
		http->anomalies |= BIT(HOSTS);
	if (!http->used[EBPFI_HTTP_HOST]) {
		put_text(http, EBPFI_HTTP_HOST, f);
		return;
	}
	part = text_part(f, EBPFI_HTTP_HOST, rest);
	if (part.size != known || memcmp(part.at, host, known) ||
	    (http->used[EBPFI_HTTP_HOST] > known && http->used[EBPFI_HTTP_HOST] != f->value_length))
		http->anomalies |= BIT(HOSTS);
}

/* Without the query, which may be secret, and without a user name. */
static void put_url(struct ebpfi_http *http, enum ebpfi_http_field field, const struct hpack_field *f)
{
	size_t room = http_text_room(field), i;
	struct http_part part = { f->value, f->value_length < room ? f->value_length : room };
	bool cut = part.size < f->value_length;
	char rest[HTTP_RECORD_TEXT];

	for (i = 0; i < part.size; i++)
		if (part.at[i] == '?' || part.at[i] == '#')
			part.size = i;
	cut = cut && part.size == room;
	part = http_without_userinfo(part, HTTP_TEXT_TARGET, cut, rest);
	memcpy(http_text_at(http, field), part.at, part.size);
	http->used[field] = (__u16)part.size;
}

static void put_length(struct ebpfi_http *http, struct http2_fields *fields, const struct hpack_field *f)
{
	size_t zeros = 0;
	int64_t length;

	if (!f->value_length)
		http->anomalies |= BIT(BAD_LENGTH);
	if (http2_has(fields, HTTP2_CONTENT_LENGTH))
		http->anomalies |= BIT(LENGTHS_DIFFER);
	if (f->value_marks & BIT(ODD_LENGTH))
		while (zeros + 1 < f->value_length && zeros < 32 && f->value[zeros] == '0')
			zeros++;
	length = number_of(f->value + zeros, f->value_length - zeros, 18);
	if (length < 0)
		return;
	if (fields->has_length && fields->length != (uint64_t)length)
		http->anomalies |= BIT(BAD_LENGTH);
	if (!fields->has_length)
		fields->length = (uint64_t)length;
	fields->has_length = true;
}

/* A field that was there before is not put again, except those of which a second one counts. */
static void put_value(struct ebpfi_http *http, struct http2_fields *fields, const struct hpack_field *f)
{
	enum http2_field_kind kind = kind_of(f);

	if (kind == HTTP2_HOST || kind == HTTP2_AUTHORITY)
		put_host(http, fields, f);
	else if (kind == HTTP2_CONTENT_LENGTH)
		put_length(http, fields, f);
	if (http2_has(fields, kind))
		return;
	if (kind == HTTP2_STATUS && f->value_length == 3)
		http->status = (__u16)(number_of(f->value, 3, 3) > 0 ? number_of(f->value, 3, 3) : 0);
	else if (kind == HTTP2_GRPC_STATUS)
		http->grpc_status = (__s32)number_of(f->value, f->value_length, 9);
	else if (kind == HTTP2_METHOD)
		put_text(http, EBPFI_HTTP_METHOD, f);
	else if (kind == HTTP2_PATH)
		put_text(http, EBPFI_HTTP_TARGET, f);
	else if (kind == HTTP2_PROTOCOL)
		put_text(http, EBPFI_HTTP_UPGRADE, f);
	else if (kind == HTTP2_CONTENT_TYPE)
		put_text(http, EBPFI_HTTP_CONTENT_TYPE, f);
	else if (kind == HTTP2_USER_AGENT)
		put_text(http, EBPFI_HTTP_USER_AGENT, f);
	else if (kind == HTTP2_FORWARDED_FOR)
		put_text(http, EBPFI_HTTP_FORWARDED_FOR, f);
	else if (kind == HTTP2_REFERER)
		put_url(http, EBPFI_HTTP_REFERER, f);
	else if (kind == HTTP2_LOCATION)
		put_url(http, EBPFI_HTTP_LOCATION, f);
	else if (kind == HTTP2_AUTHORIZATION)
		put_scheme(http, f);
}

void http2_put_field(struct ebpfi_http *http, struct http2_fields *fields, const struct hpack_field *f)
{
	const uint32_t pseudos = (2U << HTTP2_PSEUDO_OTHER) - (1U << HTTP2_METHOD);
	enum http2_field_kind kind = kind_of(f);

	http->anomalies |= (f->name_marks | f->value_marks) & ANOMALIES;
	if (is_pseudo(kind) && (http2_has(fields, kind) || fields->kinds & ~pseudos))
		http->anomalies |= BIT(BAD_FIELD);
	put_value(http, fields, f);
	fields->kinds |= 1U << kind;
}

bool http2_has_pseudo(const struct http2_fields *fields)
{
	return fields->kinds & ((2U << HTTP2_PSEUDO_OTHER) - (1U << HTTP2_METHOD));
}

bool http2_is_method(const struct ebpfi_http *http, const char *method)
{
	unsigned int length;
	const char *text = http_field_text(http, EBPFI_HTTP_METHOD, &length);

	return http->used[EBPFI_HTTP_METHOD] == strlen(method) && !memcmp(text, method, length);
}

/* RFC 9113 8.3.1, 8.5, RFC 8441 4 */
uint64_t http2_request_anomalies(const struct http2_fields *fields, const struct ebpfi_http *http, bool complete)
{
	bool connect = http2_is_method(http, "CONNECT"), extended = http2_has(fields, HTTP2_PROTOCOL);
	uint32_t wanted = KIND(METHOD) | KIND(SCHEME) | KIND(PATH), refused = KIND(STATUS);

	if (connect && !extended) {
		wanted = KIND(METHOD) | KIND(AUTHORITY);
		refused |= KIND(SCHEME) | KIND(PATH);
	}
	if (extended && !connect && http2_has(fields, HTTP2_METHOD))
		refused |= KIND(PROTOCOL);
	if (fields->kinds & refused || (complete && (fields->kinds & wanted) != wanted))
		return BIT(BAD_FIELD);
	return 0;
}

/* RFC 9113 8.3.2 */
uint64_t http2_response_anomalies(const struct http2_fields *fields, bool complete)
{
	const uint32_t refused = KIND(METHOD) | KIND(SCHEME) | KIND(AUTHORITY) | KIND(PATH) | KIND(PROTOCOL);

	return fields->kinds & refused || (complete && !http2_has(fields, HTTP2_STATUS)) ? BIT(BAD_FIELD) : 0;
}

/* RFC 9113 8.1, RFC 9110 6.5.1 */
uint64_t http2_trailer_anomalies(const struct http2_fields *fields)
{
	const uint32_t framing = KIND(CONTENT_LENGTH) | KIND(TRANSFER_ENCODING) | KIND(HOST);

	return (http2_has_pseudo(fields) ? BIT(BAD_FIELD) : 0) | (fields->kinds & framing ? BIT(BAD_TRAILER) : 0);
}
