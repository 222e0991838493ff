/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Decodes the current packet of this CPU. */
#pragma once

#include "parse/packet.h"

static __always_inline __u32 decode_packet(const struct pkt *p)
{
	struct decode *d = decoded_of_cpu();

	if (d)
		parse_packet(p, d);
	return 0;
}

PACKET_FUNCTION(decode_packet)
