/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The grammar of HTTP/1.x (RFC 9112) as the table that bpf/include/http/state_machine.h walks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_table;

/* A new table, to be freed; NULL: out of memory, or the grammar does not fit in the table. `http2`: the library reads HTTP/2. */
struct http_table *http_table_new(bool http2);

/* The anomalies (enum ebpfi_http_anomaly, a bit each) that a target would have in an HTTP/1 request line. */
uint64_t http_target_anomalies(const struct http_table *table, const char *target, size_t length);
