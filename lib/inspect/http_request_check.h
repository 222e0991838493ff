/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Compares the target of a request with its Host. The grammar reads them byte by byte, and does not compare them. */
#pragma once

#include <ebpfinspect/event.h>
#include <stdbool.h>

#include "http_target.h"

/* The anomalies of an HTTP/1 request with a complete head, one bit each: BAD_TARGET, BAD_HOST, HOST_DIFFERS. */
__u64 http_request_check(const struct ebpfi_http *request);

/* Whether a text is a host, with or without a port. `cut`: the text goes on. */
bool http_is_host(struct http_part host, bool cut);
