/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Targets and authorities in parts, and texts without user names and passwords. */
#include "http_target.h"

#include <stdlib.h>
#include <string.h>

#include "runner.h"

static struct http_part part(const char *text)
{
	return (struct http_part){ text, strlen(text) };
}

/* A copy that ends with its memory, so that a sanitizer sees each byte read beyond it. */
static struct http_part tight(const char *text)
{
	size_t size = strlen(text);

	return (struct http_part){ memcpy(malloc(size ? size : 1), text, size), size };
}

static void is_part(struct http_part part, const char *text)
{
	ck_assert_msg(part.size == strlen(text) && !memcmp(part.at, text, part.size), "\"%.*s\" is not \"%s\"", (int)part.size,
		      part.size ? part.at : "", text);
}

struct target {
	const char *text, *scheme, *authority, *path, *query;
	bool connect;
};

static const struct target targets[] = {
	{ "/", "", "", "/", "", false },
	{ "/a/b?c=d?e", "", "", "/a/b", "c=d?e", false },
	{ "/a?u=http://h/", "", "", "/a", "u=http://h/", false },
	{ "//h/a", "", "", "//h/a", "", false },
	{ "http://h:8080/a?b", "http", "h:8080", "/a", "b", false },
	{ "http://h", "http", "h", "", "", false },
	{ "http://h?b", "http", "h", "", "b", false },
	{ "a+b-c.1://h/", "a+b-c.1", "h", "/", "", false },
	{ "1a://h/", "", "", "1a://h/", "", false },
	{ "http:/h/", "", "", "http:/h/", "", false },
	{ "http://", "http", "", "", "", false },
	{ "http:/", "", "", "http:/", "", false },
	{ "*", "", "", "*", "", false },
	{ "h:443", "", "h:443", "", "", true },
	{ "h:443", "", "", "h:443", "", false },
	{ "/", "", "", "/", "", true },
	{ "h:443/a?b", "", "h:443", "/a", "b", true },
	{ "http://h/a", "http", "h", "/a", "", true },
	{ "", "", "", "", "", false },
};

START_TEST(target_has_parts)
{
	const struct target *t = &targets[_i];
	struct http_part text = tight(t->text);
	struct http_target parts = http_target_parts(text, t->connect);

	is_part(parts.scheme, t->scheme);
	is_part(parts.authority, t->authority);
	is_part(parts.path, t->path);
	is_part(parts.query, t->query);
	free((void *)text.at);
}
END_TEST

struct authority {
	const char *text, *host, *address;
	uint32_t port;
};

static const struct authority authorities[] = {
	{ "h", "h", "h", 0 },
	{ "h:80", "h", "h", 80 },
	{ "h:65535", "h", "h", 65535 },
	{ "h:", "h", "h", 0 },
	{ "[::1]:80", "[::1]", "::1", 80 },
	{ "[::1]", "[::1]", "::1", 0 },
	{ "[::1]:", "[::1]", "::1", 0 },
	/* No host and port: nothing is taken off. */
	{ "::1", "::1", "::1", 0 },
	{ "fe80::1:80", "fe80::1:80", "fe80::1:80", 0 },
	{ "[::1:80", "[::1:80", "[::1:80", 0 },
	{ "h:65536", "h:65536", "h:65536", 0 },
	{ "h:080", "h:080", "h:080", 0 },
	{ "h:0", "h:0", "h:0", 0 },
	{ "h:8o", "h:8o", "h:8o", 0 },
	{ "h:99999999999", "h:99999999999", "h:99999999999", 0 },
	{ ":80", ":80", ":80", 0 },
	{ "[]", "[]", "[]", 0 },
	{ "", "", "", 0 },
};

START_TEST(authority_has_a_host_and_a_port)
{
	const struct authority *a = &authorities[_i];
	struct http_part text = tight(a->text);
	struct http_authority parts = http_authority_parts(text);

	is_part(parts.host, a->host);
	is_part(http_host_address(parts.host), a->address);
	ck_assert_uint_eq(parts.port, a->port);
	free((void *)text.at);
}
END_TEST

struct hidden {
	const char *text, *shown;
	enum http_text_kind kind;
	bool cut;
};

static const struct hidden hidden[] = {
	{ "http://user:secret@h/a", "http://h/a", HTTP_TEXT_TARGET, false },
	{ "http://secret@h:80?a", "http://h:80?a", HTTP_TEXT_TARGET, false },
	{ "http://user:s@cr@t@h", "http://h", HTTP_TEXT_TARGET, false },
	{ "http://user:se&cr et\"@h/", "http://h/", HTTP_TEXT_TARGET, false },
	{ "user:secret@h:443", "h:443", HTTP_TEXT_TARGET, false },
	{ "http:user:secret@h/", "h/", HTTP_TEXT_TARGET, false },
	{ "/p?u=http://user:secret@h/&v=1", "/p?u=http://h/&v=1", HTTP_TEXT_TARGET, false },
	{ "/p/http://user:secret@h/http://other:secret@i/", "/p/http://h/http://i/", HTTP_TEXT_TARGET, false },
	{ "http://h://user:secret@i", "http://h://i", HTTP_TEXT_TARGET, false },
	{ "user:secret@h", "h", HTTP_TEXT_HOST, false },
	{ "user:se/cr?t@h:80", "h:80", HTTP_TEXT_HOST, false },
	{ "see http://user:secret@h/ and mail a@b", "see http://h/ and mail a@b", HTTP_TEXT_ANY, false },
	{ "https://user:secret@h/", "https://h/", HTTP_TEXT_ANY, false },
	/* Nothing to hide. */
	{ "/@user/x", "/@user/x", HTTP_TEXT_TARGET, false },
	{ "http://h/@user", "http://h/@user", HTTP_TEXT_TARGET, false },
	{ "/p?u=http://h&mail=a@b", "/p?u=http://h&mail=a@b", HTTP_TEXT_TARGET, false },
	{ "http://h, a@b", "http://h, a@b", HTTP_TEXT_ANY, false },
	{ "*", "*", HTTP_TEXT_TARGET, false },
	{ "?a@b", "?a@b", HTTP_TEXT_TARGET, false },
	{ "/@", "/@", HTTP_TEXT_TARGET, false },
	{ "@", "", HTTP_TEXT_HOST, false },
	{ "", "", HTTP_TEXT_HOST, false },
	/* The @ may have been cut off. */
	{ "http://user:sec", "http://", HTTP_TEXT_TARGET, true },
	{ "http://secret", "http://", HTTP_TEXT_TARGET, true },
	{ "user:sec", "", HTTP_TEXT_TARGET, true },
	{ "/p?u=http://user:sec", "/p?u=http://", HTTP_TEXT_TARGET, true },
	{ "http://h/a", "http://h/a", HTTP_TEXT_TARGET, true },
	{ "/a/b", "/a/b", HTTP_TEXT_TARGET, true },
	{ "user:sec", "", HTTP_TEXT_HOST, true },
	{ "long.example", "long.example", HTTP_TEXT_HOST, true },
	{ "long.example:80", "long.example:80", HTTP_TEXT_HOST, true },
	{ "https://user:sec", "https://", HTTP_TEXT_ANY, true },
	{ "Mozilla/5.0", "Mozilla/5.0", HTTP_TEXT_ANY, true },
};

START_TEST(text_has_no_user_and_no_password)
{
	const struct hidden *h = &hidden[_i];
	struct http_part text = tight(h->text);
	char *to = malloc(text.size + 1);

	is_part(http_without_userinfo(text, h->kind, h->cut, to), h->shown);
	free(to);
	free((void *)text.at);
}
END_TEST

START_TEST(text_with_nothing_to_hide_is_not_copied)
{
	struct http_part text = part("/index.html");

	ck_assert_ptr_eq(http_without_userinfo(text, HTTP_TEXT_TARGET, false, NULL).at, text.at);
}
END_TEST

int main(void)
{
	const TTest *const by_target[] = { target_has_parts };
	const TTest *const by_authority[] = { authority_has_a_host_and_a_port };
	const TTest *const by_text[] = { text_has_no_user_and_no_password };
	const TTest *const tests[] = { text_with_nothing_to_hide_is_not_copied };

	return RUN_LOOPS("targets", NULL, by_target, sizeof(targets) / sizeof(targets[0])) |
	       RUN_LOOPS("authorities", NULL, by_authority, sizeof(authorities) / sizeof(authorities[0])) |
	       RUN_LOOPS("texts", NULL, by_text, sizeof(hidden) / sizeof(hidden[0])) | RUN_TESTS("http_target", NULL, tests);
}
