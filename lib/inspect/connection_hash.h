/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The hash of a connection's identifier. The identifier comes from the time and the ports, which the author of a capture chooses, so a
 * random seed per table prevents that all connections are in one chain.
 */
#pragma once

#include <stdint.h>
#include <sys/random.h>

static inline uint64_t connection_seed(void)
{
	uint64_t seed = 0;
	uintptr_t here = (uintptr_t)&seed;

	/* Use the stack's address until the kernel has random bytes. */
	return getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0 ? here : seed;
}

static inline uint64_t connection_hash(uint64_t seed, uint64_t connection)
{
	return (connection ^ seed) * 0x9e3779b97f4a7c15ULL;
}
