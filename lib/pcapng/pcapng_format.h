/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The numbers of pcapng (draft-ietf-opsawg-pcapng) that the writer and the reader share. */
#pragma once

enum pcapng_block_type {
	PCAPNG_SECTION = 0x0a0d0d0a,
	PCAPNG_INTERFACE = 1,
	PCAPNG_OLD_PACKET = 2,
	PCAPNG_SIMPLE_PACKET = 3,
	PCAPNG_STATISTICS = 5,
	PCAPNG_PACKET = 6, /* the enhanced one */
};

enum {
	PCAPNG_ORDER_MARK = 0x1a2b3c4d,
	PCAPNG_BLOCK_HEAD = 8,   /* bytes of a block's type and length */
	PCAPNG_BLOCK_FRAME = 12, /* and of the length at its end */
};

/* Options. Except for the first two, their numbers depend on the block. */
enum pcapng_option {
	PCAPNG_OPTION_END = 0,
	PCAPNG_OPTION_COMMENT = 1,
	PCAPNG_SECTION_OS = 3,
	PCAPNG_SECTION_APPLICATION = 4,
	PCAPNG_INTERFACE_NAME = 2,
	PCAPNG_INTERFACE_RESOLUTION = 9,
	PCAPNG_INTERFACE_OFFSET = 14,
	PCAPNG_STATISTICS_OS_DROP = 7,
	PCAPNG_STATISTICS_DELIVERED = 8,
	PCAPNG_PACKET_FLAGS = 2, /* also in the old packet block */
	PCAPNG_PACKET_DROPCOUNT = 4,
	PCAPNG_PACKET_VERDICT = 7,
};
