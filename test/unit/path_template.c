/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "path_template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

static const struct {
	const char *target, *path;
} paths[] = {
	/* as it is */
	{ "/", "/" },
	{ "", "" },
	{ "*", "*" },
	{ "/index.html", "/index.html" },
	{ "/a//b/", "/a//b/" },
	{ "/api/v2/users", "/api/v2/users" },
	{ "/api/v2.1/users", "/api/v2.1/users" },
	{ "/v10.0.3", "/v10.0.3" },
	{ "/v1beta1/pods", "/v1beta1/pods" },
	{ "/s3/ec2/h264", "/s3/ec2/h264" },
	{ "/face/decade/facade/added/deadbeef", "/face/decade/facade/added/deadbeef" },
	{ "/internationalization", "/internationalization" },
	{ "/getTransactionHistoryVersion2", "/getTransactionHistoryVersion2" },
	{ "/how-to-read-a-file", "/how-to-read-a-file" },
	{ "/caf%C3%A9/hello%20%20world", "/caf%C3%A9/hello%20%20world" },
	{ "/../etc", "/../etc" },
	{ "/.well-known/acme", "/.well-known/acme" },
	/* numbers */
	{ "/0", "/{id}" },
	{ "/users/42", "/users/{id}" },
	{ "/users/42/", "/users/{id}/" },
	{ "/users/42/posts/7", "/users/{id}/posts/{id}" },
	{ "/user_42", "/user_{id}" },
	{ "/img/12345.png", "/img/{id}.png" },
	{ "/2024-05-01", "/{id}" },
	{ "/2024/05/01", "/{id}/{id}/{id}" },
	{ "/12,13,14", "/{id}" },
	{ "/12%2C13", "/{id}%2C{id}" },
	{ "/jquery-3.6.0.min.js", "/jquery-{id}.min.js" },
	{ "/page;n=12", "/page;n={id}" },
	/* UUIDs */
	{ "/o/550e8400-e29b-41d4-a716-446655440000", "/o/{id}" },
	{ "/o/550E8400-E29B-41D4-A716-446655440000.json", "/o/{id}.json" },
	{ "/o/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "/o/{id}" },
	{ "/o/%7B550e8400-e29b-41d4-a716-446655440000%7D", "/o/%7B{id}%7D" },
	{ "/o/550e8400-e29b-41d4-a716-446655440000-7", "/o/{id}" },
	/* hashes and tokens */
	{ "/c/d6cd1e2b", "/c/{id}" },
	{ "/c/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/c/{id}" },
	{ "/o/507f1f77bcf86cd799439011", "/o/{id}" },
	{ "/o/abcdefabcdefabcd", "/o/{id}" },
	{ "/v2/x/blobs/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "/v2/x/blobs/sha256:{id}" },
	{ "/assets/index-4e5f6a7b.js", "/assets/index-{id}.js" },
	{ "/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/o/{id}" },
	{ "/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0", "/t/{id}" },
	{ "/a;jsessionid=1A2B3C4D5E6F7A8B", "/a;jsessionid={id}" },
	/* what is not the path */
	{ "/a?id=7", "/a" },
	{ "/a#b?c", "/a" },
	{ "?a", "" },
	{ "http://example.com/a/7?b", "/a/{id}" },
	{ "http://user:secret@example.com/a", "/a" },
	{ "HTTP://example.com", "/" },
	{ "http://example.com?a/b", "/" },
	{ "example.com:443", "" },
	{ "user:secret@example.com:443", "" },
	{ "a/b", "" },
	/* bytes that a terminal or JSON must not get */
	{ "/a\x1b[2Jb", "/a\\x1b[2Jb" },
	{ "/a\"b\\c d", "/a\\x22b\\x5cc\\x20d" },
	{ "/\xc3\xa9\n\x7f", "/\\xc3\\xa9\\x0a\\x7f" },
	{ "/%", "/%" },
	{ "/%4", "/%{id}" },
	{ "/%zz1", "/%zz1" },
};

START_TEST(path_is_templated)
{
	char path[160];

	put_path_template(path, sizeof(path), paths[_i].target, strlen(paths[_i].target), false);
	ck_assert_str_eq(path, paths[_i].path);
}
END_TEST

/* In memory of its own size, so that a sanitizer sees each byte that is read beyond the end. */
static void template_of(char *path, size_t size, const char *target, size_t n, bool cut)
{
	char *exact = malloc(n ? n : 1);

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, target, n);
	put_path_template(path, size, exact, n, cut);
	free(exact);
}

START_TEST(path_that_is_cut_ends_in_dots)
{
	char path[160], long_path[400], small[8];
	int i;

	template_of(path, sizeof(path), "/users/42", 9, true);
	ck_assert_str_eq(path, "/users/{id}...");
	template_of(path, sizeof(path), "/a?b", 4, true);
	ck_assert_str_eq(path, "/a");
	memset(long_path, 'x', sizeof(long_path));
	long_path[0] = '/';
	template_of(path, sizeof(path), long_path, sizeof(long_path), false);
	ck_assert_uint_eq(strlen(path), sizeof(path) - 1);
	ck_assert_str_eq(path + sizeof(path) - 6, "xx...");
	for (i = 0; i < 12; i++) {
		template_of(small, sizeof(small), "/abcdef/1234", (size_t)i, false);
		if (i <= 7)
			ck_assert(strlen(small) == (size_t)i && !strncmp(small, "/abcdef", (size_t)i));
		else
			ck_assert_str_eq(small, "/abc...");
	}
}
END_TEST

/* Every length of every case, in every size of buffer. */
START_TEST(template_stays_in_its_buffer_and_is_printable)
{
	size_t n, size, i;
	char path[64];

	for (n = 0; n <= strlen(paths[_i].target); n++)
		for (size = 1; size < sizeof(path); size++) {
			memset(path, '#', sizeof(path));
			template_of(path, size, paths[_i].target, n, n % 2);
			ck_assert_uint_lt(strlen(path), size);
			for (i = 0; path[i]; i++)
				ck_assert(path[i] > ' ' && path[i] < 0x7f);
			for (i = size; i < sizeof(path); i++)
				ck_assert_int_eq(path[i], '#');
		}
}
END_TEST

/* Of bytes that mean something, so that all branches meet each other. */
START_TEST(template_of_any_bytes_stays_in_its_buffer_and_is_printable)
{
	static const char bytes[] = "//..--__%%::,;=?#@~*vVxgaAfF0123456789abcdef\\\"\n\x80";
	uint32_t seed = 1;
	char target[80], path[40];
	size_t i, n;
	int round;

	for (round = 0; round < 200000; round++) {
		seed = seed * 1664525 + 1013904223; /* Numerical Recipes */
		n = seed >> 16 & 63;
		for (i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			target[i] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
		}
		template_of(path, sizeof(path), target, n, seed >> 31);
		ck_assert_uint_lt(strlen(path), sizeof(path));
		for (i = 0; path[i]; i++)
			ck_assert(path[i] > ' ' && path[i] < 0x7f && path[i] != '"');
	}
}
END_TEST

START_TEST(host_is_in_lower_case_and_without_user)
{
	static const char *const hosts[][2] = {
		{ "Example.COM:8080", "example.com:8080" },
		{ "user:secret@Example.com", "example.com" },
		{ "a@b@c", "c" },
		{ "[2001:DB8::1]", "[2001:db8::1]" },
		{ "", "" },
		{ "a b\r", "a\\x20b\\x0d" },
	};
	char host[32];
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		put_host(host, sizeof(host), hosts[i][0], strlen(hosts[i][0]), false);
		ck_assert_str_eq(host, hosts[i][1]);
	}
	put_host(host, sizeof(host), "abc", 3, true);
	ck_assert_str_eq(host, "abc...");
}
END_TEST

int main(void)
{
	const TTest *const each[] = { path_is_templated, template_stays_in_its_buffer_and_is_printable };
	const TTest *const once[] = { template_of_any_bytes_stays_in_its_buffer_and_is_printable, path_that_is_cut_ends_in_dots,
				      host_is_in_lower_case_and_without_user };
	int failed = RUN_LOOPS("path_template", NULL, each, sizeof(paths) / sizeof(paths[0]));

	return RUN_TESTS("path_template", NULL, once) | failed;
}
