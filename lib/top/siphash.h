/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* SipHash-1-3 (Aumasson and Bernstein): without the key nobody can choose texts that have the same hash. */
#pragma once

#include <stdint.h>
#include <string.h>

struct sip {
	uint64_t a, b, c, d;
};

static inline uint64_t sip_rotate(uint64_t n, int bits)
{
	return n << bits | n >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
	s->a += s->b;
	s->b = sip_rotate(s->b, 13) ^ s->a;
	s->a = sip_rotate(s->a, 32);
	s->c += s->d;
	s->d = sip_rotate(s->d, 16) ^ s->c;
	s->a += s->d;
	s->d = sip_rotate(s->d, 21) ^ s->a;
	s->c += s->b;
	s->b = sip_rotate(s->b, 17) ^ s->c;
	s->c = sip_rotate(s->c, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
	s->d ^= word;
	sip_round(s);
	s->a ^= word;
}

/* Words are in the machine's byte order: a hash never leaves it. */
static inline uint64_t siphash(const uint64_t key[2], const void *bytes, size_t n)
{
	struct sip s = { key[0] ^ 0x736f6d6570736575ULL, key[1] ^ 0x646f72616e646f6dULL, key[0] ^ 0x6c7967656e657261ULL,
			 key[1] ^ 0x7465646279746573ULL };
	const unsigned char *at = bytes;
	uint64_t word, last = (uint64_t)n << 56;
	int i;

	for (; n >= sizeof(word); n -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sip_word(&s, word);
	}
	word = 0;
	memcpy(&word, at, n);
	sip_word(&s, last | word);
	s.c ^= 0xff;
	for (i = 0; i < 3; i++)
		sip_round(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}
