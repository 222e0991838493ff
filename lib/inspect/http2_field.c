/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2_field.h"

#include <stdbool.h>
#include <string.h>

#include "http/record.h"
#include "http_grammar.h"

static const struct {
	const char *name;
	enum ebpfi_http_field field;
} texts[] = {
	{ ":method", EBPFI_HTTP_METHOD },
	{ ":path", EBPFI_HTTP_TARGET },
	{ ":authority", EBPFI_HTTP_HOST },
	{ "host", EBPFI_HTTP_HOST }, /* in place of :authority (RFC 9113 8.3.1) */
	{ "content-type", EBPFI_HTTP_CONTENT_TYPE },
	{ "user-agent", EBPFI_HTTP_USER_AGENT },
	{ "authorization", EBPFI_HTTP_AUTHORIZATION },
	{ ":protocol", EBPFI_HTTP_UPGRADE }, /* extended CONNECT (RFC 8441 4) */
};

static void put_text(struct ebpfi_http *http, enum ebpfi_http_field field, const char *value, size_t length)
{
	size_t room = http_text_room(field);

	memcpy(http_text_at(http, field), value, length < room ? length : room);
	http->used[field] = (__u16)(length < 0xffff ? length : 0xffff);
}

void http2_copy_field(struct ebpfi_http *to, const struct ebpfi_http *from, enum ebpfi_http_field field)
{
	memcpy(http_text_at(to, field), http_text_at(from, field), http_text_room(field));
	to->used[field] = from->used[field];
}

/* A number of at most `digits` digits; -1: the value is not such a number. */
static int number_of(const char *value, size_t length, size_t digits)
{
	int n = 0;
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

static void put_status(struct ebpfi_http *http, const char *value, size_t length)
{
	int status = number_of(value, length, 3);

	http->status = (__u16)(status > 0 ? status : 0);
}

/* Credentials follow the scheme. The search ends with the field's room. */
static size_t scheme_of(const char *value, size_t length)
{
	size_t room = http_text_room(EBPFI_HTTP_AUTHORIZATION);
	const char *blank = memchr(value, ' ', length < room ? length : room);

	return blank ? (size_t)(blank - value) : length;
}

static bool equals(const char *name, size_t length, const char *wanted)
{
	return strlen(wanted) == length && !memcmp(name, wanted, length);
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

/* If a proxy forwards these names in HTTP/1, they change the message. */
uint64_t http2_name_anomalies(const char *name, size_t length)
{
	return (uint64_t)!is_name(name, length) << EBPFI_HTTP_BAD_NAME | (uint64_t)equals(name, length, "transfer-encoding")
										 << EBPFI_HTTP_BAD_CODING;
}

uint64_t http2_value_anomalies(const struct http_table *table, const struct hpack_field *f)
{
	uint64_t anomalies = (uint64_t)!is_value(f->value, f->value_length) << EBPFI_HTTP_CONTROL;

	if (equals(f->name, f->name_length, ":path"))
		anomalies |= http_target_anomalies(table, f->value, f->value_length);
	return anomalies;
}

/* Whether a field names another authority than the event has. */
static bool is_other_host(const struct ebpfi_http *http, const struct hpack_field *f)
{
	unsigned int known;
	const char *host = http_field_text(http, EBPFI_HTTP_HOST, &known);

	if (!http->used[EBPFI_HTTP_HOST] ||
	    !(equals(f->name, f->name_length, "host") || equals(f->name, f->name_length, ":authority")))
		return false;
	return http->used[EBPFI_HTTP_HOST] != f->value_length || memcmp(host, f->value, known);
}

void http2_put_field(struct ebpfi_http *http, const struct hpack_field *f)
{
	size_t i, length = f->value_length;

	http->anomalies |= f->name_marks | f->value_marks | (uint64_t)is_other_host(http, f) << EBPFI_HTTP_HOSTS;
	if (equals(f->name, f->name_length, ":status"))
		put_status(http, f->value, length);
	if (equals(f->name, f->name_length, "grpc-status"))
		http->grpc_status = number_of(f->value, length, 9);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!equals(f->name, f->name_length, texts[i].name) || (f->name[0] != ':' && http->used[texts[i].field]))
			continue;
		if (texts[i].field == EBPFI_HTTP_AUTHORIZATION)
			length = scheme_of(f->value, length);
		put_text(http, texts[i].field, f->value, length);
	}
}
