/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Packets to run filters over: each different one of all captures (ours, and those below $EBPFI_CORPUS if that is set), and some
 * thousands that are put together at random, from a fixed seed, out of the headers and the values that the expressions ask for.
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

/* Loads every `stride`-th of them; call it in main. */
void packets_load(unsigned int stride);

/* By position; NULL past the last. */
const struct packet *packet_at(size_t index);

/* Numbers from a seed, the same on every machine. */
uint32_t random_next(uint64_t *state);
