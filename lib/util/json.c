/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "json.h"

#include <string.h>

#include "utf8.h"

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

static void list_latin1(struct json *j)
{
	int i;

	if (!j->latin1_count)
		return;
	json_name(j, "ebpfi.latin1");
	for (i = 0; i < j->latin1_count; i++) {
		text_put(j->text, i ? ",\"" : "[\"");
		text_put(j->text, j->latin1[i]);
		text_put_char(j->text, '"');
	}
	text_put_char(j->text, ']');
}

bool json_end(struct json *j)
{
	list_latin1(j);
	drop_unfinished(j);
	j->text->end += end_size(j->limit);
	if (j->limit != JSON_WHOLE) {
		text_put(j->text, j->first ? "" : ",");
		text_put(j->text, truncated);
	}
	text_put_char(j->text, '}');
	return !j->incomplete;
}

/* Printable ASCII without the quote and the backslash. A table: most of the time goes to one look per byte. */
static const bool is_plain[256] = { [' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true };

/* Valid in JSON as it is, but not for the eyes: a terminal acts on C1 controls, and shows other text than there is for U+2000 to U+206F. */
static bool is_shown(uint32_t c)
{
	return c >= 0xa0 && (c < 0x2000 || c > 0x206f) && c != 0xfeff;
}

static size_t count_plain(const char *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n && is_plain[(unsigned char)bytes[i]]; i++)
		;
	return i;
}

static void escape(struct text *t, uint32_t c)
{
	if (c == '"' || c == '\\') {
		text_put_char(t, '\\');
		text_put_char(t, (char)c);
	} else {
		text_put(t, "\\u");
		text_put_hex(t, c, 4);
	}
}

/* The bytes of the character at `bytes`, and how many characters of JSON it takes. Without `utf8`, each byte is a character. */
static size_t next(const char *bytes, size_t n, bool utf8, uint32_t *c, bool *escaped)
{
	size_t length = utf8 ? utf8_next(bytes, n, c) : 0;

	if (!length)
		*c = (unsigned char)*bytes;
	*escaped = length < 2 || !is_shown(*c);
	return length ? length : 1;
}

static void put_characters(struct text *t, const char *bytes, size_t n, bool utf8)
{
	const char *end = bytes + n;
	bool escaped;
	size_t size;
	uint32_t c;

	while (bytes < end) {
		size = count_plain(bytes, (size_t)(end - bytes));
		text_put_bytes(t, bytes, size);
		bytes += size;
		if (bytes == end)
			break;
		size = next(bytes, (size_t)(end - bytes), utf8, &c, &escaped);
		if (escaped)
			escape(t, c);
		else
			text_put_bytes(t, bytes, size);
		bytes += size;
	}
}

void json_quote(struct text *t, const char *bytes, size_t n)
{
	text_put_char(t, '"');
	put_characters(t, bytes, n, false);
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

/* Counts the bytes that fit into `limit` characters, not ending within one. An escape sequence has 6, or 2. */
static size_t count_fitting(const char *bytes, size_t n, bool utf8, size_t limit)
{
	size_t i, size, used = 0;
	bool escaped;
	uint32_t c;

	if (n <= limit / 6)
		return n;
	for (i = 0; i < n; i += size) {
		size = 1;
		escaped = !is_plain[(unsigned char)bytes[i]];
		if (escaped)
			size = next(bytes + i, n - i, utf8, &c, &escaped);
		used += escaped ? 6 : size;
		if (used > limit)
			break;
	}
	return i;
}

/* The value of the last member, between quotes. */
static void put_value(struct json *j, const char *name, const char *bytes, size_t n)
{
	bool utf8 = utf8_is_valid(bytes, n);

	text_put_char(j->text, '"');
	put_characters(j->text, bytes, count_fitting(bytes, n, utf8, j->limit), utf8);
	text_put_char(j->text, '"');
	if (!utf8 && !j->text->full && j->latin1_count < JSON_LATIN1_MAX)
		j->latin1[j->latin1_count++] = name;
}

void json_bytes(struct json *j, const char *name, const char *bytes, size_t n)
{
	json_name(j, name);
	put_value(j, name, bytes, n);
}

void json_bytes_list(struct json *j, const char *name, const char *bytes, size_t n)
{
	json_name(j, name);
	text_put_char(j->text, '[');
	put_value(j, name, bytes, n);
	text_put_char(j->text, ']');
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
