/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The fields of an HTTP/2 header block that an event can carry. */
#pragma once

#include <ebpfinspect/event.h>
#include <stddef.h>

#include "hpack.h"

struct http_table;

/* The anomalies (enum ebpfi_http_anomaly, a bit each) of a field's name and value; the table checks a :path. */
uint64_t http2_name_anomalies(const char *name, size_t length);
uint64_t http2_value_anomalies(const struct http_table *table, const struct hpack_field *field);

/* Puts a field and its anomalies (its `marks`) into an event. HTTP/2 names are in lower case (RFC 9113 8.2). */
void http2_put_field(struct ebpfi_http *http, const struct hpack_field *field);

/* Copies a text from one event to the other. */
void http2_copy_field(struct ebpfi_http *to, const struct ebpfi_http *from, enum ebpfi_http_field field);
