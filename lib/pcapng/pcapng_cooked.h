/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* LINUX_SLL2, the link layer that packets of any interface can be given, so that a file has one link type only. */
#pragma once

#include <stdbool.h>

#include <ebpfinspect/event.h>

enum { COOKED_HEADER = 20 };

struct cooked {
	__u8 header[COOKED_HEADER];
	const __u8 *data; /* behind the header */
	__u32 len, wire_len;
};

/* Whether a link type is replaced by LINUX_SLL2: Ethernet and RAW are, those of other captures are not. */
bool pcapng_is_cooked(__u16 link_type);

void pcapng_cook(const struct ebpfi_packet *packet, struct cooked *to);
