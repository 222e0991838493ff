/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Builds pcap files for tests. */
#pragma once

#include "bytes.h"

static inline void pcap_begin(struct bytes *b, uint32_t link)
{
	put32(b, 0xa1b2c3d4);
	put16(b, 2);
	put16(b, 4);
	put64(b, 0);
	put32(b, 65535);
	put32(b, link);
}

static inline void pcap_add(struct bytes *b, uint64_t time_us, const void *data, uint32_t size)
{
	put32(b, (uint32_t)(time_us / 1000000));
	put32(b, (uint32_t)(time_us % 1000000));
	put32(b, size);
	put32(b, size);
	put(b, data, size);
}
