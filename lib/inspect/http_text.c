/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_text.h"

#include <string.h>

#include <ebpfinspect/ebpfinspect.h>

#include "address.h"
#include "http/record.h"

static const char *const anomaly_names[64] = {
	[EBPFI_HTTP_BOTH_LENGTHS] = "both_lengths",
	[EBPFI_HTTP_LENGTHS_DIFFER] = "lengths_differ",
	[EBPFI_HTTP_BAD_LENGTH] = "bad_length",
	[EBPFI_HTTP_BAD_CODING] = "bad_coding",
	[EBPFI_HTTP_OLD_CODING] = "old_coding",
	[EBPFI_HTTP_BAD_CHUNK] = "bad_chunk",
	[EBPFI_HTTP_FOLDED] = "folded",
	[EBPFI_HTTP_BARE_CR] = "bare_cr",
	[EBPFI_HTTP_BARE_LF] = "bare_lf",
	[EBPFI_HTTP_CONTROL] = "control",
	[EBPFI_HTTP_SPACE_BEFORE_COLON] = "space_before_colon",
	[EBPFI_HTTP_BAD_NAME] = "bad_name",
	[EBPFI_HTTP_HOSTS] = "hosts",
	[EBPFI_HTTP_ODD_LENGTH] = "odd_length",
	[EBPFI_HTTP_ODD_LIST] = "odd_list",
	[EBPFI_HTTP_ODD_LINE] = "odd_line",
	[EBPFI_HTTP_BAD_METHOD] = "bad_method",
	[EBPFI_HTTP_BAD_HOST] = "bad_host",
	[EBPFI_HTTP_HOST_DIFFERS] = "host_differs",
	[EBPFI_HTTP_BAD_TRAILER] = "bad_trailer",
	[EBPFI_HTTP_BAD_FIELD] = "bad_field",
	[EBPFI_HTTP_EXPECT_REFUSED] = "expect_refused",
	[EBPFI_HTTP_GAP] = "gap",
	[EBPFI_HTTP_MIDSTREAM] = "midstream",
	[EBPFI_HTTP_FRAGMENT] = "fragment",
	[EBPFI_HTTP_UNPAIRED] = "unpaired",
	[EBPFI_HTTP_CUT_OFF] = "cut_off",
	[EBPFI_HTTP_TEXT_LOST] = "text_lost",
	[EBPFI_HTTP_NO_HOST] = "no_host",
	[EBPFI_HTTP_BAD_LINE] = "bad_line",
	[EBPFI_HTTP_BAD_VERSION] = "bad_version",
	[EBPFI_HTTP_BAD_TARGET] = "bad_target",
	[EBPFI_HTTP_BAD_PERCENT] = "bad_percent",
	[EBPFI_HTTP_DOT_SEGMENT] = "dot_segment",
	[EBPFI_HTTP_EMPTY_LINE] = "empty_line",
	[EBPFI_HTTP_HPACK_LOST] = "hpack_lost",
	[EBPFI_HTTP_RESET] = "reset",
	[EBPFI_HTTP_BAD_FRAME] = "bad_frame",
	[EBPFI_HTTP_LARGE_BLOCK] = "large_block",
};

static const struct ebpfi_http *http_of(const struct ebpfi_event *event)
{
	return (const struct ebpfi_http *)event;
}

/* Trailing blanks belong to the line, not to the value. */
const char *ebpfi_http_text(const struct ebpfi_http *http, enum ebpfi_http_field field, unsigned int *length)
{
	http_field_text(http, field, length);
	return (const char *)http + http->text_offset + http_text_base(field);
}

static const char *field(const struct ebpfi_http *h, enum ebpfi_http_field f, unsigned int *length)
{
	const char *text = http_field_text(h, f, length);

	while (*length && (text[*length - 1] == ' ' || text[*length - 1] == '\t'))
		--*length;
	return text;
}

static bool is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != '"';
}

/* Escapes all but printable ASCII, so that a field cannot add a line. */
static void put_field(struct text *t, const struct ebpfi_http *h, enum ebpfi_http_field f)
{
	unsigned int i, length, from = 0;
	const char *text = field(h, f, &length);

	if (!length)
		text_put_char(t, '-');
	for (i = 0; i < length; i++) {
		if (is_plain(text[i]))
			continue;
		text_put_bytes(t, text + from, i - from);
		text_printf(t, "\\x%02x", (unsigned char)text[i]);
		from = i + 1;
	}
	text_put_bytes(t, text + from, length - from);
	if (h->used[f] > http_text_room(f))
		text_put(t, "...");
}

static void put_anomalies(struct text *t, uint64_t anomalies, const char *joint, const char *quote)
{
	const char *between = "";
	int i;

	for (i = 0; i < 64; i++) {
		if (!(anomalies >> i & 1))
			continue;
		text_put(t, between);
		text_put(t, quote);
		if (anomaly_names[i])
			text_put(t, anomaly_names[i]);
		else
			text_put_uint(t, (uint64_t)i);
		text_put(t, quote);
		between = joint;
	}
}

/* HTTP/2 has no minor version (RFC 9113 1). */
static void put_version(struct text *t, const struct ebpfi_http *h)
{
	text_put_uint(t, h->major);
	if (h->major >= 2)
		return;
	text_put_char(t, '.');
	text_put_uint(t, h->minor);
}

/* Does not use printf, here and below: it would cost more than any other part of a replay except the state machine. */
static void str_response(struct text *t, const struct ebpfi_http *h)
{
	uint64_t microseconds = (h->duration_ns + 500) / 1000;

	text_put_char(t, ' ');
	text_put_uint(t, h->status);
	text_put_char(t, ' ');
	text_put_uint(t, h->response_bytes);
	text_put_char(t, ' ');
	text_put_uint(t, microseconds / 1000);
	text_put_char(t, '.');
	text_put_padded(t, microseconds % 1000, 3);
	text_put(t, " ms");
	if (h->grpc_status < 0)
		return;
	text_put(t, " grpc ");
	text_put_uint(t, (uint64_t)h->grpc_status);
}

static void str_request(struct text *t, const struct ebpfi_http *h)
{
	text_put(t, " \"");
	put_field(t, h, EBPFI_HTTP_METHOD);
	text_put_char(t, ' ');
	put_field(t, h, EBPFI_HTTP_TARGET);
	text_put(t, " HTTP/");
	put_version(t, h);
	text_put(t, "\" ");
	put_field(t, h, EBPFI_HTTP_HOST);
}

void http_str(struct text *t, const struct ebpfi_event *event)
{
	const struct ebpfi_http *h = http_of(event);
	bool response = event->kind == EBPFI_EVENT_HTTP_RESPONSE;

	/* The client comes first, for a response too. */
	put_endpoint(t, h->ethertype, response ? h->dst : h->src, response ? h->dst_port : h->src_port);
	text_put(t, " > ");
	put_endpoint(t, h->ethertype, response ? h->src : h->dst, response ? h->src_port : h->dst_port);
	str_request(t, h);
	if (response)
		str_response(t, h);
	else
		text_put(t, event->kind == EBPFI_EVENT_HTTP_BROKEN ? " broken" : " request");
	if (h->anomalies) {
		text_put(t, " [");
		put_anomalies(t, h->anomalies, " ", "");
		text_put_char(t, ']');
	}
}

static void json_field(struct json *j, const char *name, const struct ebpfi_http *h, enum ebpfi_http_field f)
{
	unsigned int length;
	const char *text = field(h, f, &length);

	if (!h->used[f])
		return;
	json_bytes(j, name, text, length);
}

/* url.path and url.query. A target that is not a path (CONNECT, "*", absolute) is url.path without changes. */
static void json_target(struct json *j, const struct ebpfi_http *h)
{
	unsigned int length;
	const char *text = field(h, EBPFI_HTTP_TARGET, &length), *query = memchr(text, '?', length);
	size_t path = query ? (size_t)(query - text) : length;

	if (!h->used[EBPFI_HTTP_TARGET])
		return;
	json_bytes(j, "url.path", text, path);
	if (query)
		json_bytes(j, "url.query", query + 1, length - path - 1);
	if (h->used[EBPFI_HTTP_TARGET] > http_text_room(EBPFI_HTTP_TARGET))
		json_uint(j, "url.length", h->used[EBPFI_HTTP_TARGET]);
}

static void json_exchange(struct json *j, const struct ebpfi_event *event)
{
	const struct ebpfi_http *h = http_of(event);

	if (h->status)
		json_uint(j, "http.response.status_code", h->status);
	json_uint(j, "http.request.body.size", h->request_bytes);
	if (event->kind != EBPFI_EVENT_HTTP_RESPONSE)
		return;
	json_uint(j, "http.response.body.size", h->response_bytes);
	json_uint(j, "http.time_to_first_byte_ns", h->first_byte_ns);
	json_uint(j, "http.duration_ns", h->duration_ns);
	if (h->grpc_status >= 0)
		json_uint(j, "rpc.grpc.status_code", (uint64_t)h->grpc_status);
	if (h->anomalies >> EBPFI_HTTP_RESET & 1)
		json_uint(j, "http.http2.reset_code", h->reset_code);
}

void http_json(struct json *j, const struct ebpfi_event *event)
{
	static const char *const kinds[] = { "http.request",    "http.response", "http.broken",
					     "http.unanswered", "http.head",     "http.open" };
	const struct ebpfi_http *h = http_of(event);

	json_string(j, "event.name", kinds[event->kind - EBPFI_EVENT_HTTP_REQUEST]);
	json_endpoint(j, "source", h->ethertype, h->src, h->src_port);
	json_endpoint(j, "destination", h->ethertype, h->dst, h->dst_port);
	json_string(j, "network.protocol.name", "http");
	json_name(j, "network.protocol.version");
	text_put_char(j->text, '"');
	put_version(j->text, h);
	text_put_char(j->text, '"');
	json_name(j, "http.connection.id");
	text_put_char(j->text, '"');
	text_put_hex(j->text, h->connection, 16);
	text_put_char(j->text, '"');
	json_uint(j, "http.request.number", h->number);
	json_field(j, "http.request.method", h, EBPFI_HTTP_METHOD);
	json_target(j, h);
	json_field(j, "server.address", h, EBPFI_HTTP_HOST);
	json_field(j, "user_agent.original", h, EBPFI_HTTP_USER_AGENT);
	json_field(j, "http.request.authorization.scheme", h, EBPFI_HTTP_AUTHORIZATION);
	json_field(j, "http.content_type", h, EBPFI_HTTP_CONTENT_TYPE);
	json_field(j, "http.upgrade", h, EBPFI_HTTP_UPGRADE);
	json_exchange(j, event);
	if (h->anomalies) {
		json_name(j, "http.anomalies");
		text_put_char(j->text, '[');
		put_anomalies(j->text, h->anomalies, ",", "\"");
		text_put_char(j->text, ']');
	}
}
