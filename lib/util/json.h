/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Writes one JSON object into a text, members in order. A member that does not fit as a whole is left out, so that the object stays
 * valid in a buffer of any size.
 */
#pragma once

#include "text.h"

struct json {
	struct text *text;
	bool first;         /* no comma before the next member */
	bool incomplete;    /* a member was left out */
	unsigned int limit; /* characters of a string's value */
	char *member;       /* where the last member begins, its comma included */
};

enum {
	JSON_WHOLE = 0x7fffffff,
	JSON_LEAST = 26, /* bytes of {"ebpfi.truncated":true} with a comma */
};

/* With a limit other than JSON_WHOLE strings are shortened to it, and the object ends with "ebpfi.truncated":true. */
struct json json_begin(struct text *t, unsigned int limit);
/* Whether no member was left out. */
bool json_end(struct json *j);
void json_string(struct json *j, const char *name, const char *value);
void json_bytes(struct json *j, const char *name, const char *bytes, size_t n);
void json_uint(struct json *j, const char *name, uint64_t value);
/* A member whose value the caller writes to the text. */
void json_name(struct json *j, const char *name);
/* Any bytes as a JSON string: bytes that are not printable ASCII are escaped as code points of Latin-1. */
void json_quote(struct text *t, const char *bytes, size_t n);
