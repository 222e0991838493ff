/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* LINUX_SLL2 replaces the link layer of any interface, so that a file has a single link type. */
#pragma once

#include <stdbool.h>

#include <ebpfinspect/event.h>

enum { COOKED_HEADER = 20 };

struct cooked {
	__u8 header[COOKED_HEADER];
	const __u8 *data; /* after the header */
	__u32 len, wire_len;
};

/* Whether LINUX_SLL2 replaces a link type: true for Ethernet and RAW only. */
bool pcapng_is_cooked(__u16 link_type);

void pcapng_cook(const struct ebpfi_packet *packet, struct cooked *to);
