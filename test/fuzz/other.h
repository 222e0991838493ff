/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The messages of one direction as another parser (llhttp) reads them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OTHER_MESSAGES = 64, OTHER_TEXT = 512 };

struct other_message {
	char method[OTHER_TEXT], url[OTHER_TEXT]; /* cut, not terminated */
	size_t method_size, url_size;             /* not cut */
	int status;
	uint64_t body;
	bool head, complete, is_old /* HTTP/0.9 */, is_rtsp;
};

enum other_end {
	OTHER_ENOUGH,  /* read to the end */
	OTHER_REFUSED, /* `reason` says why */
	OTHER_STOPPED, /* no HTTP/1 may follow, or there are too many messages */
};

struct other {
	struct other_message messages[OTHER_MESSAGES];
	int count;
	enum other_end end;
	const char *reason;
	bool at_blank; /* the byte that was refused is a blank; llhttp points to it or behind it */
};

struct other_how {
	bool responses, head /* they are answers to HEAD */, lenient;
};

/* Reads all bytes and the end of the connection. */
void other_read(struct other *o, const struct other_how *how, const uint8_t *bytes, size_t size);
