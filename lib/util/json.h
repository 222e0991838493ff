/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Writes one JSON object into a text, members in order. A member that does not fit is left out, so the object stays valid in a
 * buffer of any size.
 */
#pragma once

#include "text.h"

enum { JSON_LATIN1_MAX = 16 }; /* more than any event has strings */

struct json {
	struct text *text;
	bool first;         /* no comma before the next member */
	bool incomplete;    /* a member was left out */
	unsigned int limit; /* characters of a string's value */
	int latin1_count;
	const char *latin1[JSON_LATIN1_MAX]; /* names of members with bytes that are not UTF-8 */
	char *member;                        /* where the last member begins, including its comma */
};

enum {
	JSON_WHOLE = 0x7fffffff,
	JSON_LEAST = 26, /* bytes of {"ebpfi.truncated":true} with a comma */
};

/* A limit other than JSON_WHOLE shortens strings and ends the object with "ebpfi.truncated":true. */
struct json json_begin(struct text *t, unsigned int limit);
/* Whether the object has all members. */
bool json_end(struct json *j);
/*
 * A string member. Valid UTF-8 stays as it is, except what a terminal would not show as it is, which is escaped. If any byte is not
 * UTF-8, all bytes are taken as Latin-1 code points, and the object's member "ebpfi.latin1" lists the name: so each value stands for
 * one sequence of bytes only. `name` must stay valid until json_end().
 */
void json_bytes(struct json *j, const char *name, const char *bytes, size_t n);
/* The same as a list of one string. */
void json_bytes_list(struct json *j, const char *name, const char *bytes, size_t n);
void json_string(struct json *j, const char *name, const char *value);
void json_uint(struct json *j, const char *name, uint64_t value);
/* A member whose value the caller writes to the text. */
void json_name(struct json *j, const char *name);
/* Writes any bytes as a JSON string. Bytes other than printable ASCII are escaped as Latin-1 code points. */
void json_quote(struct text *t, const char *bytes, size_t n);
