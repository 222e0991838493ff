/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <llhttp/llhttp.h>
#include <string.h>

#include "other.h"

struct reading {
	llhttp_t parser; /* first, so that callbacks find the rest */
	struct other *to;
	const struct other_how *how;
	const char *end; /* of the bytes */
};

static struct other_message *now(llhttp_t *parser)
{
	struct other *to = ((struct reading *)parser)->to;

	return &to->messages[to->count ? to->count - 1 : 0];
}

static int on_begin(llhttp_t *parser)
{
	struct other *to = ((struct reading *)parser)->to;

	if (to->count == OTHER_MESSAGES)
		return HPE_USER;
	memset(&to->messages[to->count++], 0, sizeof(to->messages[0]));
	return 0;
}

static void keep(char *text, size_t *size, const char *at, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++, (*size)++)
		if (*size < OTHER_TEXT)
			text[*size] = at[i];
}

static int on_method(llhttp_t *parser, const char *at, size_t length)
{
	keep(now(parser)->method, &now(parser)->method_size, at, length);
	return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
	const char *end = ((struct reading *)parser)->end;

	keep(now(parser)->url, &now(parser)->url_size, at, length);
	now(parser)->is_rtsp = end - at > (ptrdiff_t)length + 6 && !memcmp(at + length, " RTSP/", 6);
	return 0;
}

static int on_head(llhttp_t *parser)
{
	const struct other_how *how = ((struct reading *)parser)->how;

	now(parser)->head = true;
	now(parser)->status = parser->status_code;
	now(parser)->is_old = !parser->http_major;
	/* RFC 9110 15.4.5: the length in a 304 is that of the content it does not have. */
	return how->responses && (how->head || parser->status_code == 304);
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
	(void)at;
	now(parser)->body += length;
	return 0;
}

static int on_complete(llhttp_t *parser)
{
	now(parser)->complete = true;
	return 0;
}

/*
 * Data after "Connection: close" is read in both modes, as the inspector does. Releases have different flags of leniency, and not a setter for
 * each, so lenient means all of them.
 */
static void set_leniency(llhttp_t *parser, bool lenient)
{
	llhttp_set_lenient_keep_alive(parser, 1);
	if (lenient)
		memset(&parser->lenient_flags, 0xff, sizeof(parser->lenient_flags));
}

static bool is_blank(const uint8_t *bytes, size_t size, const char *at)
{
	return at >= (const char *)bytes && at < (const char *)bytes + size && (*at == ' ' || *at == '\t');
}

void other_read(struct other *o, const struct other_how *how, const uint8_t *bytes, size_t size)
{
	llhttp_settings_t settings;
	struct reading r = { .to = o, .how = how, .end = (const char *)bytes + size };
	llhttp_errno_t error;
	const char *at;

	llhttp_settings_init(&settings);
	settings.on_message_begin = on_begin;
	settings.on_method = on_method;
	settings.on_url = on_url;
	settings.on_headers_complete = on_head;
	settings.on_body = on_body;
	settings.on_message_complete = on_complete;
	llhttp_init(&r.parser, how->responses ? HTTP_RESPONSE : HTTP_REQUEST, &settings);
	set_leniency(&r.parser, how->lenient);
	o->count = 0;
	error = llhttp_execute(&r.parser, (const char *)bytes, size);
	if (!error)
		error = llhttp_finish(&r.parser);
	at = error ? llhttp_get_error_pos(&r.parser) : NULL;
	o->at_blank = at && (is_blank(bytes, size, at) || is_blank(bytes, size, at - 1));
	o->end = !error ? OTHER_ENOUGH : OTHER_REFUSED;
	o->reason = error ? llhttp_get_error_reason(&r.parser) : "";
	if (error == HPE_PAUSED_UPGRADE || error == HPE_PAUSED_H2_UPGRADE || error == HPE_USER)
		o->end = OTHER_STOPPED;
	/* llhttp_finish() reports an incomplete message as an error, too. */
	if (error == HPE_INVALID_EOF_STATE)
		o->end = OTHER_ENOUGH;
}
