/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_target.h"

#include <string.h>

static struct http_part part_of(const char *from, const char *to)
{
	return (struct http_part){ from, (size_t)(to - from) };
}

/* The first byte of a part that is one of `stops`; its end if there is none. */
static const char *find_any(struct http_part in, const char *stops)
{
	const char *at = in.at, *end = in.at + in.size;

	while (at < end && (!*at || !strchr(stops, *at)))
		at++;
	return at;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The size of "scheme" in "scheme://" (RFC 3986 3.1); 0: none. */
static size_t scheme_size(struct http_part target)
{
	size_t i = 0;

	if (!target.size || !is_letter(*target.at))
		return 0;
	while (i < target.size &&
	       (is_letter(target.at[i]) || is_digit(target.at[i]) || (target.at[i] && strchr("+-.", target.at[i]))))
		i++;
	return target.size - i >= 3 && !memcmp(target.at + i, "://", 3) ? i : 0;
}

struct http_target http_target_parts(struct http_part target, bool connect)
{
	const char *end = target.at + target.size, *rest = target.at, *begin, *query;
	struct http_part none = { target.at, 0 };
	struct http_target parts = { none, none, none, none };
	size_t scheme = scheme_size(target);

	if (scheme || connect) {
		begin = target.at + (scheme ? scheme + 3 : 0);
		rest = find_any(part_of(begin, end), "/?#");
		parts.scheme.size = scheme;
		parts.authority = part_of(begin, rest);
	}
	query = memchr(rest, '?', (size_t)(end - rest));
	parts.path = part_of(rest, query ? query : end);
	if (query)
		parts.query = part_of(query + 1, end);
	return parts;
}

/* A port as it is written: 1 to 65535 without leading zeros. 0: it is none. */
static uint32_t port_of(struct http_part digits)
{
	uint32_t port = 0;
	size_t i;

	if (digits.size < 1 || digits.size > 5 || *digits.at == '0')
		return 0;
	for (i = 0; i < digits.size; i++) {
		if (!is_digit(digits.at[i]))
			return 0;
		port = port * 10 + (uint32_t)(digits.at[i] - '0');
	}
	return port < 65536 ? port : 0;
}

struct http_authority http_authority_parts(struct http_part authority)
{
	const char *end = authority.at + authority.size, *colon = memrchr(authority.at, ':', authority.size);
	bool bracketed = authority.size && *authority.at == '[';
	struct http_part before;
	uint32_t port;

	if (!colon)
		return (struct http_authority){ authority, 0 };
	before = part_of(authority.at, colon);
	port = port_of(part_of(colon + 1, end));
	/* An empty port is valid (RFC 3986 3.2.3). */
	if (!before.size || (!port && colon + 1 < end) ||
	    (bracketed ? colon[-1] != ']' : memchr(before.at, ':', before.size) != NULL))
		return (struct http_authority){ authority, 0 };
	return (struct http_authority){ before, port };
}

struct http_part http_host_address(struct http_part host)
{
	if (host.size > 2 && host.at[0] == '[' && host.at[host.size - 1] == ']')
		return (struct http_part){ host.at + 1, host.size - 2 };
	return host;
}

/* Where an authority begins behind a scheme's colon at `from` or later; the end if there is none. */
static const char *next_authority(const char *from, const char *end)
{
	const char *found = memmem(from, (size_t)(end - from), "://", 3);

	return found ? found + 3 : end;
}

/* In a query, an unescaped & ends the value that has the URL. Elsewhere it may be a part of a password. */
static const char *authority_end(struct http_part text, enum http_text_kind kind, const char *from)
{
	bool in_query = memchr(text.at, '?', (size_t)(from - text.at)) != NULL;
	struct http_part rest = part_of(from, text.at + text.size);

	if (kind == HTTP_TEXT_TARGET)
		return find_any(rest, in_query ? "/?#&" : "/?#");
	return find_any(rest, "/?# \t\"<>");
}

/* The bytes up to the last @. If the text was cut before the authority's end, the @ may be missing. */
static size_t userinfo_size(const char *from, const char *to, bool cut)
{
	const char *at = memrchr(from, '@', (size_t)(to - from));

	if (at)
		return (size_t)(at + 1 - from);
	return cut ? (size_t)(to - from) : 0;
}

/* A Host that was cut: only what follows a colon and is no port tells a password from a long name. */
static bool may_be_password(struct http_part host)
{
	const char *colon = memchr(host.at, ':', host.size), *end = host.at + host.size;

	while (colon && ++colon < end)
		if (!is_digit(*colon))
			return true;
	return false;
}

static struct http_part host_without_userinfo(struct http_part host, bool cut)
{
	size_t size = userinfo_size(host.at, host.at + host.size, cut && may_be_password(host));

	return (struct http_part){ host.at + size, host.size - size };
}

struct http_part http_without_userinfo(struct http_part text, enum http_text_kind kind, bool cut, char *to)
{
	const char *from = text.at, *end = text.at + text.size, *start = from, *stop;
	char *out = to;

	if (!text.size || (!cut && !memchr(text.at, '@', text.size)))
		return text;
	if (kind == HTTP_TEXT_HOST)
		return host_without_userinfo(text, cut);
	if (kind == HTTP_TEXT_ANY || *text.at == '/')
		start = next_authority(from, end);
	while (from < end) {
		out = mempcpy(out, from, (size_t)(start - from));
		stop = authority_end(text, kind, start);
		start += userinfo_size(start, stop, cut && stop == end);
		out = mempcpy(out, start, (size_t)(stop - start));
		from = stop;
		/* The colon may be the authority's last byte. */
		start = next_authority(from > text.at ? from - 1 : from, end);
	}
	return part_of(to, out);
}
