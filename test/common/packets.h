/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Packets for filters: all distinct packets of the captures (ours, and those below $EBPFI_CORPUS, if set), and some thousand
 * random ones from a fixed seed, with the headers and values that the expressions test.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct packet {
	const uint8_t *data;
	uint32_t len, wire_len;
	uint16_t link;    /* LINKTYPE_ */
	const char *file; /* or "made" */
	uint32_t number;  /* in the file, from 1 */
};

/* Loads every `stride`-th packet. Call it in main. */
void packets_load(unsigned int stride);

/* By position; NULL past the last. */
const struct packet *packet_at(size_t index);

/* Pseudo-random numbers, the same on every machine. */
uint32_t random_next(uint64_t *state);
