/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The record between the programs and the library: requests of a connection that will get no response. */
#pragma once

#include <ebpfinspect/event.h>

enum { HTTP_GIVEN_UP = 31 /* the kind of the record, next to enum ebpfi_event_kind's */ };

struct http_given_up {
	struct ebpfi_event event;
	__u64 connection;
	__u32 first, last; /* numbers of the requests */
	__u32 reason;      /* enum ebpfi_http_reason */
	__u32 reserved;
};
