/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http2_field.h"

#include <stdbool.h>
#include <string.h>

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
	size_t room = ebpfi_http_room(field);

	memcpy(http->text + ebpfi_http_base(field), value, length < room ? length : room);
	http->used[field] = (__u16)(length < 0xffff ? length : 0xffff);
}

void http2_copy_field(struct ebpfi_http *to, const struct ebpfi_http *from, enum ebpfi_http_field field)
{
	memcpy(to->text + ebpfi_http_base(field), from->text + ebpfi_http_base(field), ebpfi_http_room(field));
	to->used[field] = from->used[field];
}

/* A number of at most `digits` digits, or -1. */
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

/* What follows the scheme is nobody's business. */
static size_t scheme_of(const char *value, size_t length)
{
	const char *blank = memchr(value, ' ', length);

	return blank ? (size_t)(blank - value) : length;
}

static bool is(const char *name, size_t length, const char *wanted)
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

/* Another authority than the one that was named already. */
static bool is_other_host(const struct ebpfi_http *http, const char *name, size_t name_length, const char *value, size_t length)
{
	unsigned int known;
	const char *host = ebpfi_http_text(http, EBPFI_HTTP_HOST, &known);

	if (!http->used[EBPFI_HTTP_HOST] || !(is(name, name_length, "host") || is(name, name_length, ":authority")))
		return false;
	return http->used[EBPFI_HTTP_HOST] != length || memcmp(host, value, known);
}

/* What lets a reader of HTTP/1, to whom a proxy passes the message on, see another one. */
static uint64_t anomalies_of(const struct ebpfi_http *http, const char *name, size_t name_length, const char *value,
			     size_t length)
{
	return (uint64_t)!is_name(name, name_length) << EBPFI_HTTP_BAD_NAME |
	       (uint64_t)!is_value(value, length) << EBPFI_HTTP_CONTROL |
	       (uint64_t)is_other_host(http, name, name_length, value, length) << EBPFI_HTTP_HOSTS |
	       (uint64_t)is(name, name_length, "transfer-encoding") << EBPFI_HTTP_BAD_CODING;
}

void http2_field(const struct http_table *table, struct ebpfi_http *http, const char *name, size_t name_length,
		 const char *value, size_t length)
{
	size_t i;

	http->anomalies |= anomalies_of(http, name, name_length, value, length);
	if (is(name, name_length, ":status"))
		put_status(http, value, length);
	if (is(name, name_length, "grpc-status"))
		http->grpc_status = number_of(value, length, 9);
	if (is(name, name_length, ":path"))
		http->anomalies |= http_target_anomalies(table, value, length);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!is(name, name_length, texts[i].name) || (name[0] != ':' && http->used[texts[i].field]))
			continue;
		if (texts[i].field == EBPFI_HTTP_AUTHORIZATION)
			length = scheme_of(value, length);
		put_text(http, texts[i].field, value, length);
	}
}
