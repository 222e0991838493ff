/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The parts of a request's target and of an authority (RFC 9112 3.2, RFC 3986 3.2), and texts without user names and passwords. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes within a text; none: size 0. `at` is never NULL. */
struct http_part {
	const char *at;
	size_t size;
};

struct http_target {
	struct http_part scheme, authority, path, query;
};

/* `connect`: the method is CONNECT, whose target is an authority. A target that is not of these forms is all path, as "*". */
struct http_target http_target_parts(struct http_part target, bool connect);

struct http_authority {
	struct http_part host; /* an IPv6 address has its brackets */
	uint32_t port;         /* 0: none */
};

/* All is host if it is not a host and a port. */
struct http_authority http_authority_parts(struct http_part authority);

/* The host without the brackets of an IPv6 address. */
struct http_part http_host_address(struct http_part host);

enum http_text_kind {
	HTTP_TEXT_ANY,    /* URLs in it may have an authority */
	HTTP_TEXT_TARGET, /* and the text itself, if it does not begin with a slash */
	HTTP_TEXT_HOST,   /* the text is an authority */
};

/*
 * Leaves out user names and passwords. `cut`: the text goes on, so an authority at its end may be a user name, and is left out, too.
 * Returns the text itself, or its rest in `to`, which has as much room as the text.
 */
struct http_part http_without_userinfo(struct http_part text, enum http_text_kind kind, bool cut, char *to);
