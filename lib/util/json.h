/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Writes one flat or nested JSON value into a text. Only what events need: members in order, no reading back. */
#pragma once

#include "text.h"

struct json {
	struct text *text;
	bool first; /* no comma before the next member */
};

struct json json_begin(struct text *t);
void json_end(struct json *j);
void json_string(struct json *j, const char *name, const char *value);
void json_uint(struct json *j, const char *name, uint64_t value);
/* A member whose value the caller writes to the text. */
void json_name(struct json *j, const char *name);
/* Any bytes as a JSON string: what is no printable ASCII is escaped as a code point of Latin-1. */
void json_quote(struct text *t, const char *bytes, size_t n);
