/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "json.h"

#include <string.h>

struct json json_begin(struct text *t)
{
	text_put_char(t, '{');
	return (struct json){ t, true };
}

void json_end(struct json *j)
{
	text_put_char(j->text, '}');
}

static void quote_byte(struct text *t, unsigned char c)
{
	if (c == '"' || c == '\\') {
		text_put_char(t, '\\');
		text_put_char(t, (char)c);
	} else if (c < 0x20 || c > 0x7e) {
		text_put(t, "\\u");
		text_put_hex(t, c, 4);
	} else {
		text_put_char(t, (char)c);
	}
}

void json_quote(struct text *t, const char *bytes, size_t n)
{
	text_put_char(t, '"');
	while (n--)
		quote_byte(t, (unsigned char)*bytes++);
	text_put_char(t, '"');
}

void json_name(struct json *j, const char *name)
{
	if (!j->first)
		text_put_char(j->text, ',');
	j->first = false;
	text_put_char(j->text, '"');
	text_put(j->text, name);
	text_put(j->text, "\":");
}

void json_string(struct json *j, const char *name, const char *value)
{
	json_name(j, name);
	json_quote(j->text, value, strlen(value));
}

void json_uint(struct json *j, const char *name, uint64_t value)
{
	json_name(j, name);
	text_put_uint(j->text, value);
}
