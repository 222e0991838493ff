/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* For tests of one conversation at a time: messages, kinds of events, and the connection. */
#pragma once

#include <string.h>

#include "runner.h"
#include "talk.h"

#define A(name) (1ULL << EBPFI_HTTP_##name)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

enum { REQUEST = EBPFI_EVENT_HTTP_REQUEST, RESPONSE = EBPFI_EVENT_HTTP_RESPONSE, BROKEN = EBPFI_EVENT_HTTP_BROKEN };

static struct talk *t;

static inline void begin(void)
{
	t = talk_new(0);
	talk_open(t);
}

static inline void end(void)
{
	talk_free(t);
}

/* Bytes are lost between this segment and the next. */
static inline void lose_bytes(int from, uint32_t bytes)
{
	t->to.next[from] += bytes;
}
