/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "json.h"

#include <string.h>

static const char truncated[] = "\"ebpfi.truncated\":true";

/* Room for the object's end is reserved at its beginning, so the end always fits. */
static size_t end_size(unsigned int limit)
{
	return limit == JSON_WHOLE ? 1 : sizeof(truncated) + 1;
}

struct json json_begin(struct text *t, unsigned int limit)
{
	text_put_char(t, '{');
	t->end -= end_size(limit);
	return (struct json){ .text = t, .first = true, .limit = limit, .member = t->at };
}

static void drop_unfinished(struct json *j)
{
	if (!j->text->full)
		return;
	j->text->full = false;
	j->text->at = j->member;
	*j->text->at = '\0';
	j->first = j->text->at[-1] == '{';
	j->incomplete = true;
}

bool json_end(struct json *j)
{
	drop_unfinished(j);
	j->text->end += end_size(j->limit);
	if (j->limit != JSON_WHOLE) {
		text_put(j->text, j->first ? "" : ",");
		text_put(j->text, truncated);
	}
	text_put_char(j->text, '}');
	return !j->incomplete;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
}

static void quote_byte(struct text *t, unsigned char c)
{
	if (c == '"' || c == '\\') {
		text_put_char(t, '\\');
		text_put_char(t, (char)c);
	} else if (!is_plain(c)) {
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
	drop_unfinished(j);
	j->member = j->text->at;
	if (!j->first)
		text_put_char(j->text, ',');
	j->first = false;
	text_put_char(j->text, '"');
	text_put(j->text, name);
	text_put(j->text, "\":");
}

/* Counts the bytes that fit into `limit` characters. An escape sequence has 6, or 2. */
static size_t count_fitting(const char *bytes, size_t n, size_t limit)
{
	size_t i, used = 0;

	if (n <= limit / 6)
		return n;
	for (i = 0; i < n; i++) {
		used += is_plain((unsigned char)bytes[i]) ? 1 : 6;
		if (used > limit)
			break;
	}
	return i;
}

void json_bytes(struct json *j, const char *name, const char *bytes, size_t n)
{
	json_name(j, name);
	json_quote(j->text, bytes, count_fitting(bytes, n, j->limit));
}

void json_string(struct json *j, const char *name, const char *value)
{
	json_bytes(j, name, value, strlen(value));
}

void json_uint(struct json *j, const char *name, uint64_t value)
{
	json_name(j, name);
	text_put_uint(j->text, value);
}
