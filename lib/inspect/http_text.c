/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_text.h"

#include <string.h>

#include <ebpfinspect/ebpfinspect.h>

#include "address.h"
#include "http/record.h"
#include "http_target.h"
#include "utf8.h"

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
	[EBPFI_HTTP_REFUSED] = "refused",
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

struct reason {
	const char *name, *words;
};

static const struct reason reasons[] = {
	[EBPFI_HTTP_REASON_NONE] = { "none", "no reason known" },
	[EBPFI_HTTP_REASON_CLOSED] = { "closed", "closed" },
	[EBPFI_HTTP_REASON_CLIENT_RESET] = { "client_reset", "reset by the client" },
	[EBPFI_HTTP_REASON_SERVER_RESET] = { "server_reset", "reset by the server" },
	[EBPFI_HTTP_REASON_REPLACED] = { "replaced", "connection replaced" },
	[EBPFI_HTTP_REASON_EVICTED] = { "evicted", "too many requests wait" },
	[EBPFI_HTTP_REASON_STOPPED] = { "stopped", "still waiting" },
	[EBPFI_HTTP_REASON_TIMEOUT] = { "timeout", "timeout" },
	[EBPFI_HTTP_REASON_ONE_WAY] = { "one_way", "server not seen" },
	[EBPFI_HTTP_REASON_UNCERTAIN] = { "uncertain", "segments missing" },
	[EBPFI_HTTP_REASON_STREAM_RESET] = { "stream_reset", "stream reset" },
};

static const struct reason *reason_of(const struct ebpfi_http *h)
{
	return &reasons[h->reason < sizeof(reasons) / sizeof(reasons[0]) ? h->reason : EBPFI_HTTP_REASON_NONE];
}

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

/* Only a response can be unpaired, and only a response has a status: that tells whose message a broken or open one is. */
static bool is_response(const struct ebpfi_http *h)
{
	if (h->event.kind == EBPFI_EVENT_HTTP_RESPONSE || h->event.kind == EBPFI_EVENT_HTTP_HEAD)
		return true;
	if (h->event.kind == EBPFI_EVENT_HTTP_BROKEN || h->event.kind == EBPFI_EVENT_HTTP_OPEN)
		return h->status || h->anomalies >> EBPFI_HTTP_UNPAIRED & 1;
	return false;
}

/* A time before the request's is that of a clock that was set back. */
static bool is_duration(const struct ebpfi_http *h, uint64_t ns)
{
	return h->request_time_ns && ns <= INT64_MAX;
}

/* The event of a request comes before its body. Of other messages 0 bytes of a request are known only with its response. */
static bool is_request_size_known(const struct ebpfi_http *h)
{
	if (h->event.kind == EBPFI_EVENT_HTTP_REQUEST)
		return false;
	return h->request_bytes || (is_response(h) && h->request_time_ns);
}

static bool is_response_size_known(const struct ebpfi_http *h)
{
	if (h->event.kind == EBPFI_EVENT_HTTP_RESPONSE || h->event.kind == EBPFI_EVENT_HTTP_OPEN)
		return h->status;
	return h->event.kind == EBPFI_EVENT_HTTP_BROKEN && h->status && h->response_bytes;
}

static bool is_cut(const struct ebpfi_http *h, enum ebpfi_http_field f)
{
	return h->used[f] > http_text_room(f);
}

/* Room for a text without its user names. */
struct shown {
	char text[HTTP_RECORD_TEXT];
};

/* A field as it may be shown. The programs cut user names out, too: a text that leaves here has none, whoever wrote it. */
static struct http_part field(const struct ebpfi_http *h, enum ebpfi_http_field f, struct shown *to)
{
	unsigned int length;
	const char *text = http_field_text(h, f, &length);
	enum http_text_kind kind = f == EBPFI_HTTP_HOST     ? HTTP_TEXT_HOST
				   : f == EBPFI_HTTP_TARGET ? HTTP_TEXT_TARGET
							    : HTTP_TEXT_ANY;

	while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	return http_without_userinfo((struct http_part){ text, length }, kind, is_cut(h, f), to->text);
}

/* Printable ASCII without the quote and the backslash, which begins an escape sequence. */
static const bool is_plain[256] = { ['!'] = true, ['#' ... '['] = true, [']' ... '~'] = true };

/* Escapes all but printable ASCII, so that a field cannot add a line. */
static void put_field(struct text *t, const struct ebpfi_http *h, enum ebpfi_http_field f)
{
	struct shown room;
	struct http_part part = field(h, f, &room);
	size_t i, from = 0;

	if (!part.size)
		text_put_char(t, '-');
	for (i = 0; i < part.size; i++) {
		if (is_plain[(unsigned char)part.at[i]])
			continue;
		text_put_bytes(t, part.at + from, i - from);
		text_printf(t, "\\x%02x", (unsigned char)part.at[i]);
		from = i + 1;
	}
	text_put_bytes(t, part.at + from, part.size - from);
	if (is_cut(h, f))
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
static void put_version(struct text *t, uint8_t major, uint8_t minor)
{
	text_put_uint(t, major);
	if (major >= 2)
		return;
	text_put_char(t, '.');
	text_put_uint(t, minor);
}

/* A connection of HTTP/2 has one version. */
static void str_request_version(struct text *t, const struct ebpfi_http *h)
{
	bool own = !h->request_major && !h->request_minor && (!is_response(h) || h->major >= 2);
	uint8_t major = own ? h->major : h->request_major, minor = own ? h->minor : h->request_minor;

	if (!major && !minor) {
		text_put(t, " -");
		return;
	}
	text_put(t, " HTTP/");
	put_version(t, major, minor);
}

/* Does not use printf, here and below: it would cost more than any other part of a replay except the state machine. */
static void put_milliseconds(struct text *t, uint64_t ns)
{
	uint64_t microseconds = ns / 1000 + (ns % 1000 >= 500);

	text_put_uint(t, microseconds / 1000);
	text_put_char(t, '.');
	text_put_padded(t, microseconds % 1000, 3);
	text_put(t, " ms");
}

/* A blank and a number; a dash if it is not known. */
static void put_known(struct text *t, bool known, uint64_t n)
{
	text_put_char(t, ' ');
	if (known)
		text_put_uint(t, n);
	else
		text_put_char(t, '-');
}

static void put_duration(struct text *t, const struct ebpfi_http *h, uint64_t ns)
{
	text_put_char(t, ' ');
	if (is_duration(h, ns))
		put_milliseconds(t, ns);
	else
		text_put_char(t, '-');
}

static void str_response(struct text *t, const struct ebpfi_http *h)
{
	put_known(t, h->status, h->status);
	put_known(t, is_response_size_known(h), h->response_bytes);
	put_duration(t, h, h->duration_ns);
	if (h->grpc_status < 0)
		return;
	text_put(t, " grpc ");
	text_put_uint(t, (uint64_t)h->grpc_status);
}

static void str_head(struct text *t, const struct ebpfi_http *h)
{
	put_known(t, h->status, h->status);
	text_put(t, " head");
	put_duration(t, h, h->first_byte_ns);
}

static void str_unanswered(struct text *t, const struct ebpfi_http *h)
{
	text_put(t, " no answer: ");
	text_put(t, reason_of(h)->words);
	if (!h->duration_ns || !is_duration(h, h->duration_ns))
		return;
	text_put(t, " after ");
	put_milliseconds(t, h->duration_ns);
}

/* A message that has no end, as far as it was read. */
static void str_unfinished(struct text *t, const struct ebpfi_http *h, const char *word)
{
	if (h->status) {
		put_known(t, true, h->status);
		put_known(t, is_response_size_known(h), h->response_bytes);
	} else if (h->event.kind == EBPFI_EVENT_HTTP_OPEN && !is_response(h)) {
		text_put(t, " request");
		put_known(t, is_request_size_known(h), h->request_bytes);
	}
	text_put(t, word);
}

static void str_request(struct text *t, const struct ebpfi_http *h)
{
	text_put(t, " \"");
	put_field(t, h, EBPFI_HTTP_METHOD);
	text_put_char(t, ' ');
	put_field(t, h, EBPFI_HTTP_TARGET);
	str_request_version(t, h);
	text_put(t, "\" ");
	put_field(t, h, EBPFI_HTTP_HOST);
}

static void str_outcome(struct text *t, const struct ebpfi_http *h)
{
	switch (h->event.kind) {
	case EBPFI_EVENT_HTTP_REQUEST:
		text_put(t, " request");
		break;
	case EBPFI_EVENT_HTTP_RESPONSE:
		str_response(t, h);
		break;
	case EBPFI_EVENT_HTTP_BROKEN:
		str_unfinished(t, h, " broken");
		break;
	case EBPFI_EVENT_HTTP_UNANSWERED:
		str_unanswered(t, h);
		break;
	case EBPFI_EVENT_HTTP_HEAD:
		str_head(t, h);
		break;
	case EBPFI_EVENT_HTTP_OPEN:
		str_unfinished(t, h, " open");
		break;
	}
}

void http_str(struct text *t, const struct ebpfi_event *event)
{
	const struct ebpfi_http *h = http_of(event);
	bool response = is_response(h);

	/* The client comes first, for a response too. */
	put_endpoint(t, h->ethertype, response ? h->dst : h->src, response ? h->dst_port : h->src_port);
	text_put(t, " > ");
	put_endpoint(t, h->ethertype, response ? h->src : h->dst, response ? h->src_port : h->dst_port);
	str_request(t, h);
	str_outcome(t, h);
	if (h->anomalies) {
		text_put(t, " [");
		put_anomalies(t, h->anomalies, " ", "");
		text_put_char(t, ']');
	}
}

struct field_name {
	enum ebpfi_http_field field;
	const char *name, *length;
	bool list; /* OpenTelemetry's attributes of any header are lists */
};

#define TEXT(field, name)                                                                                                      \
	{                                                                                                                      \
		EBPFI_HTTP_##field, name, name ".length", false                                                                \
	}
#define HEADER(field, name)                                                                                                    \
	{                                                                                                                      \
		EBPFI_HTTP_##field, name, name ".length", true                                                                 \
	}

static const struct field_name field_names[] = {
	TEXT(USER_AGENT, "user_agent.original"),
	TEXT(AUTHORIZATION, "http.request.authorization.scheme"),
	TEXT(CONTENT_TYPE, "http.content_type"),
	TEXT(UPGRADE, "http.upgrade"),
	HEADER(REQUEST_CONTENT_TYPE, "http.request.header.content-type"),
	HEADER(REFERER, "http.request.header.referer"),
	HEADER(FORWARDED_FOR, "http.request.header.x-forwarded-for"),
	HEADER(LOCATION, "http.response.header.location"),
};

/* A text that was cut may end within a character. */
static struct http_part whole_characters(const struct ebpfi_http *h, enum ebpfi_http_field f, struct http_part part)
{
	return (struct http_part){ part.at, is_cut(h, f) ? utf8_without_cut(part.at, part.size) : part.size };
}

static void json_length(struct json *j, const struct ebpfi_http *h, enum ebpfi_http_field f, const char *name)
{
	if (is_cut(h, f))
		json_uint(j, name, h->used[f]);
}

static void json_field(struct json *j, const struct ebpfi_http *h, const struct field_name *n)
{
	struct shown room;
	struct http_part part = whole_characters(h, n->field, field(h, n->field, &room));

	if (!h->used[n->field])
		return;
	(n->list ? json_bytes_list : json_bytes)(j, n->name, part.at, part.size);
	json_length(j, h, n->field, n->length);
}

static void json_part(struct json *j, const char *name, struct http_part part)
{
	if (part.size)
		json_bytes(j, name, part.at, part.size);
}

static bool is_method(const struct ebpfi_http *h, const char *name)
{
	return h->used[EBPFI_HTTP_METHOD] == strlen(name) && !memcmp(http_text_at(h, EBPFI_HTTP_METHOD), name, strlen(name));
}

/* The end of a Host that was cut may be the begin of a port: it is not taken for one. */
static void json_server(struct json *j, struct http_part host, bool cut)
{
	struct http_authority server = cut ? (struct http_authority){ host, 0 } : http_authority_parts(host);

	json_part(j, "server.address", http_host_address(server.host));
	if (server.port)
		json_uint(j, "server.port", server.port);
}

/* An authority in the target names the server if there is no Host. If there is one, both are shown: they may differ. */
static void json_authority(struct json *j, const struct ebpfi_http *h, struct http_part authority)
{
	struct http_authority in_target = http_authority_parts(authority);

	if (!h->used[EBPFI_HTTP_HOST]) {
		json_server(j, authority, false);
		return;
	}
	json_part(j, "url.domain", in_target.host);
	if (in_target.port)
		json_uint(j, "url.port", in_target.port);
}

static void json_target(struct json *j, const struct ebpfi_http *h)
{
	struct shown room;
	struct http_part text = whole_characters(h, EBPFI_HTTP_TARGET, field(h, EBPFI_HTTP_TARGET, &room));
	struct http_target target = http_target_parts(text, is_method(h, "CONNECT"));

	json_part(j, "url.scheme", target.scheme);
	json_authority(j, h, target.authority);
	json_part(j, "url.path", target.path);
	json_part(j, "url.query", target.query);
	json_length(j, h, EBPFI_HTTP_TARGET, "url.length");
}

static void json_host(struct json *j, const struct ebpfi_http *h)
{
	struct shown room;
	struct http_part host = whole_characters(h, EBPFI_HTTP_HOST, field(h, EBPFI_HTTP_HOST, &room));

	json_server(j, host, is_cut(h, EBPFI_HTTP_HOST));
	json_length(j, h, EBPFI_HTTP_HOST, "server.address.length");
}

static void json_version(struct json *j, const char *name, uint8_t major, uint8_t minor)
{
	if (!major && !minor)
		return;
	json_name(j, name);
	text_put_char(j->text, '"');
	put_version(j->text, major, minor);
	text_put_char(j->text, '"');
}

static void json_versions(struct json *j, const struct ebpfi_http *h)
{
	json_version(j, "network.protocol.version", h->major, h->minor);
	if (h->request_major != h->major || h->request_minor != h->minor)
		json_version(j, "http.request.version", h->request_major, h->request_minor);
}

static void json_times(struct json *j, const struct ebpfi_http *h)
{
	if (h->status && is_duration(h, h->first_byte_ns))
		json_uint(j, "http.time_to_first_byte_ns", h->first_byte_ns);
	if (h->event.kind == EBPFI_EVENT_HTTP_HEAD || !is_duration(h, h->duration_ns))
		return;
	if (h->duration_ns || h->event.kind == EBPFI_EVENT_HTTP_RESPONSE)
		json_uint(j, "http.duration_ns", h->duration_ns);
}

static void json_exchange(struct json *j, const struct ebpfi_http *h)
{
	if (h->status)
		json_uint(j, "http.response.status_code", h->status);
	if (is_request_size_known(h))
		json_uint(j, "http.request.body.size", h->request_bytes);
	if (is_response_size_known(h))
		json_uint(j, "http.response.body.size", h->response_bytes);
	json_times(j, h);
	if (h->event.kind == EBPFI_EVENT_HTTP_UNANSWERED)
		json_string(j, "http.unanswered.reason", reason_of(h)->name);
	if (h->event.kind != EBPFI_EVENT_HTTP_RESPONSE)
		return;
	if (h->grpc_status >= 0)
		json_uint(j, "rpc.grpc.status_code", (uint64_t)h->grpc_status);
	if (h->anomalies >> EBPFI_HTTP_RESET & 1)
		json_uint(j, "http.http2.reset_code", h->reset_code);
}

static void json_connection(struct json *j, const struct ebpfi_http *h)
{
	json_name(j, "http.connection.id");
	text_put_char(j->text, '"');
	text_put_hex(j->text, h->connection, 16);
	text_put_char(j->text, '"');
	if (h->number)
		json_uint(j, "http.request.number", h->number);
}

static void json_texts(struct json *j, const struct ebpfi_http *h)
{
	static const struct field_name method = TEXT(METHOD, "http.request.method");
	size_t i;

	json_field(j, h, &method);
	json_target(j, h);
	json_host(j, h);
	for (i = 0; i < sizeof(field_names) / sizeof(field_names[0]); i++)
		json_field(j, h, &field_names[i]);
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
	json_versions(j, h);
	json_connection(j, h);
	json_texts(j, h);
	json_exchange(j, h);
	if (h->anomalies) {
		json_name(j, "http.anomalies");
		text_put_char(j->text, '[');
		put_anomalies(j->text, h->anomalies, ",", "\"");
		text_put_char(j->text, ']');
	}
}
