/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Builds blocks of a pcapng file (draft-ietf-opsawg-pcapng) in memory, in this machine's byte order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ebpfinspect/event.h>

enum {
	PCAPNG_DATA_MAX = 65536,  /* bytes of a packet */
	PCAPNG_TEXT_MAX = 255,    /* bytes of a name or a comment; the rest is cut */
	PCAPNG_OTHERS_MAX = 2048, /* bytes of everything else in a block */
};

struct pcapng_block {
	size_t size;
	uint8_t bytes[PCAPNG_DATA_MAX + PCAPNG_OTHERS_MAX];
};

/* Each builds one complete block; write its bytes at once. */
void pcapng_section(struct pcapng_block *b);
void pcapng_interface(struct pcapng_block *b, const char *name, uint16_t link, uint32_t snaplen);
void pcapng_statistics(struct pcapng_block *b, uint32_t id, uint64_t time_ns, uint64_t delivered, uint64_t dropped);

/* Data about a packet besides its bytes. */
struct pcapng_note {
	uint32_t id;         /* of the interface, in the order of their blocks */
	uint64_t dropped;    /* packets lost since the previous one; 0: no option */
	const char *comment; /* "": none */
	bool cooked;         /* as LINUX_SLL2 */
};

void pcapng_packet(struct pcapng_block *b, const struct ebpfi_packet *packet, const struct pcapng_note *note);
