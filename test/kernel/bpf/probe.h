/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#pragma once

#include <ebpfinspect/event.h>

enum { PROBE_KIND = 4096, PROBE_TICK = 4097 };

struct probe_event {
	struct ebpfi_event event;
	__u64 word;
};
