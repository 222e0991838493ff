/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "path_template.h"

#include <string.h>

#include "text.h"

enum {
	HASH_DIGITS = 8,  /* of a hexadecimal number: CRC-32 and the abbreviated hashes in names of files */
	HEX_WORD = 16,    /* letters from a to f that are no word */
	TOKEN = 20,       /* letters and digits of a ULID, a KSUID or a part of base64 */
	TOKEN_DIGITS = 2, /* of those, at least: long words have one */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void put_byte(struct text *t, char c)
{
	if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
		text_put_char(t, c);
		return;
	}
	text_put(t, "\\x");
	text_put_hex(t, (unsigned char)c, 2);
}

/* Replaces the end, if there is no room for the whole text and "...". */
static void end_text(struct text *t, bool cut)
{
	static const char dots[] = "...";
	size_t size = sizeof(dots) - 1;

	if (!t->full && !cut)
		return;
	if ((size_t)(t->end - t->at) < size)
		t->at = (size_t)(t->end - t->start) < size ? t->start : t->end - size;
	t->full = false;
	text_put(t, dots);
}

void put_plain_text(char *to, size_t size, const char *bytes, size_t n, bool cut)
{
	struct text t = text_in(to, size);

	while (n-- && !t.full)
		put_byte(&t, *bytes++);
	end_text(&t, cut);
}

void put_host(char *to, size_t size, const char *bytes, size_t n, bool cut)
{
	const char *user = memrchr(bytes, '@', n), *end = bytes + n;
	struct text t = text_in(to, size);

	for (bytes = user ? user + 1 : bytes; bytes < end && !t.full; bytes++)
		put_byte(&t, *bytes >= 'A' && *bytes <= 'Z' ? (char)(*bytes | 0x20) : *bytes);
	end_text(&t, cut);
}

/* The length of a UUID (RFC 9562 4) at the beginning, or 0. */
static size_t uuid_length(const char *at, size_t n)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i, length = sizeof(form) - 1;

	if (n < length || (n > length && (is_digit(at[length]) || is_letter(at[length]))))
		return 0;
	for (i = 0; i < length; i++)
		if (form[i] == '-' ? at[i] != '-' : !is_hex(at[i]))
			return 0;
	return length;
}

/* The length of a version such as v2.0, whose numbers stay; 0 for anything else. */
static size_t version_length(const char *at, size_t n)
{
	size_t i = 1;

	if (n < 2 || (*at != 'v' && *at != 'V') || !is_digit(at[1]))
		return 0;
	while (i < n && (is_digit(at[i]) || (at[i] == '.' && i + 1 < n && is_digit(at[i + 1]))))
		i++;
	return i < n && is_letter(at[i]) ? 0 : i;
}

/* The length of the letters and digits at the beginning, and whether they are a variable part. */
static size_t run_length(const char *at, size_t n, bool *variable)
{
	size_t i, digits = 0, hex = 0;

	for (i = 0; i < n && (is_digit(at[i]) || is_letter(at[i])); i++) {
		digits += is_digit(at[i]);
		hex += is_hex(at[i]);
	}
	*variable = i && (digits == i || (hex == i && (i >= HEX_WORD || (i >= HASH_DIGITS && digits))) ||
			  (i >= TOKEN && digits >= TOKEN_DIGITS));
	return i;
}

/* The next part: a UUID, a version, letters and digits, an escape (RFC 3986 2.1), or one other byte. */
static size_t part_length(const char *at, size_t n, bool *variable)
{
	size_t length = uuid_length(at, n);

	*variable = length;
	if (!length)
		length = version_length(at, n);
	if (!length)
		length = run_length(at, n, variable);
	if (!length)
		length = *at == '%' && n >= 3 && is_hex(at[1]) && is_hex(at[2]) ? 3 : 1;
	return length;
}

static bool joins_numbers(char c)
{
	return c == '-' || c == '_' || c == '.' || c == ',' || c == ':';
}

/* The length of a variable part, with the variable ones that follow it behind one separator: a date, a version, a list. */
static size_t variable_length(const char *at, size_t n)
{
	bool variable;
	size_t length = part_length(at, n, &variable), next;

	if (!variable)
		return 0;
	while (length + 1 < n && joins_numbers(at[length])) {
		next = part_length(at + length + 1, n - length - 1, &variable);
		if (!variable)
			break;
		length += 1 + next;
	}
	return length;
}

static void put_segments(struct text *t, const char *at, size_t n)
{
	size_t length;
	bool variable;

	for (; n && !t->full; at += length, n -= length) {
		length = variable_length(at, n);
		if (length) {
			text_put(t, "{id}");
			continue;
		}
		for (length = part_length(at, n, &variable); length; length--, n--)
			put_byte(t, *at++);
	}
}

/* Skips scheme and authority of the absolute form (RFC 9112 3.2.2). NULL: a target without a path, as of CONNECT. */
static const char *path_in(const char *target, const char *end)
{
	const char *at = target;

	if (target == end || *target == '/' || *target == '*')
		return target;
	while (at < end && is_letter(*at))
		at++;
	if (end - at < 3 || memcmp(at, "://", 3) != 0)
		return NULL;
	for (at += 3; at < end && *at != '/'; at++)
		if (*at == '?' || *at == '#')
			return end;
	return at;
}

void put_path_template(char *to, size_t size, const char *target, size_t n, bool cut)
{
	const char *end = target + n, *at = path_in(target, end), *stop;
	struct text t = text_in(to, size);

	if (!at)
		return;
	for (stop = at; stop < end && *stop != '?' && *stop != '#'; stop++)
		;
	if (at == end && n)
		text_put_char(&t, '/');
	put_segments(&t, at, (size_t)(stop - at));
	end_text(&t, cut && stop == end);
}
