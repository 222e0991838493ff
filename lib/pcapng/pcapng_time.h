/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The clock of a pcapng interface: units of 10^-n or 2^-n seconds, and an offset of whole seconds. */
#pragma once

#include <stdint.h>

struct pcapng_time {
	uint64_t multiply, divide; /* from units to nanoseconds; divide 0: the unit is too small, every time is 0 */
	uint8_t shift;             /* bits of a binary resolution; 0: decimal */
	int64_t offset_s;
};

static inline uint64_t pcapng_power_of_ten(uint8_t n)
{
	uint64_t power = 1;

	while (n--)
		power *= 10;
	return power;
}

/* if_tsresol: the exponent; the highest bit selects base 2. */
static inline void pcapng_time_set(struct pcapng_time *t, uint8_t resolution)
{
	uint8_t n = resolution & 0x7f;

	t->shift = resolution & 0x80 ? n : 0;
	t->multiply = resolution & 0x80 ? 1000000000 : n < 9 ? pcapng_power_of_ten(9 - n) : 1;
	t->divide = resolution & 0x80 || n <= 9 ? 1 : n <= 28 ? pcapng_power_of_ten(n - 9) : 0;
}

static inline uint64_t pcapng_time_ns(const struct pcapng_time *t, uint64_t units)
{
	uint64_t ns = t->shift         ? (uint64_t)((unsigned __int128)units * t->multiply >> t->shift)
		      : t->divide == 1 ? units * t->multiply
		      : t->divide      ? units / t->divide
				       : 0;

	return ns + (uint64_t)t->offset_s * 1000000000;
}
