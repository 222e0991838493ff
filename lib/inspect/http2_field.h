/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The fields of an HTTP/2 header block that an event has a place for. */
#pragma once

#include <ebpfinspect/event.h>
#include <stddef.h>

struct http_table;

/* Takes over one field; names are in lower case in HTTP/2 (RFC 9113 8.2). The table says what is odd about a :path. */
void http2_field(const struct http_table *table, struct ebpfi_http *http, const char *name, size_t name_length,
		 const char *value, size_t value_length);

/* Copies a text from one event to the other. */
void http2_copy_field(struct ebpfi_http *to, const struct ebpfi_http *from, enum ebpfi_http_field field);
