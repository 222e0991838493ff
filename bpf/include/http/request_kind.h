/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The kind of a request, set at the end of its head while the method's text is in memory. */
#pragma once

#include "http/text.h"

/* Of struct http_message, kind. */
enum http_kind { HTTP_PLAIN, HTTP_IS_HEAD, HTTP_IS_CONNECT, HTTP_IS_UPGRADE, HTTP_IS_PRI, HTTP_IS_EXPECT };

static __always_inline __u32 http_kind_of(const struct http_reading *r)
{
	if (http_is_method(r, "HEAD\0\0\0"))
		return HTTP_IS_HEAD;
	if (http_is_method(r, "CONNECT"))
		return HTTP_IS_CONNECT;
	if (http_has(&r->m, HTTP_PREFACE) && http_is_method(r, "PRI\0\0\0\0"))
		return HTTP_IS_PRI;
	if (http_has(&r->m, HTTP_UPGRADE))
		return HTTP_IS_UPGRADE;
	return http_has(&r->m, HTTP_EXPECT) ? HTTP_IS_EXPECT : HTTP_PLAIN;
}

#define HTTP_ON_HEAD(r) ((r)->m.kind = http_kind_of(r))
