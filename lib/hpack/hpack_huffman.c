/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "hpack_huffman.h"

/*
 * The code is canonical: longer codes are greater numbers, and codes of one length ascend with the octet. So one limit per length tells
 * the length, and the distance from the limit before tells the octet. `limit` is the first code that is longer, in the upper bits.
 */
static const struct {
	uint32_t limit;
	uint8_t bits;
	uint8_t first; /* of `octets` with codes of this length */
} lengths[] = {
	{ 0x50000000, 5, 0 },    { 0xb8000000, 6, 10 },   { 0xf8000000, 7, 36 },   { 0xfe000000, 8, 68 },
	{ 0xff400000, 10, 74 },  { 0xffa00000, 11, 79 },  { 0xffc00000, 12, 82 },  { 0xfff00000, 13, 84 },
	{ 0xfff80000, 14, 90 },  { 0xfffe0000, 15, 92 },  { 0xfffe6000, 19, 95 },  { 0xfffee000, 20, 98 },
	{ 0xffff4800, 21, 106 }, { 0xffffb000, 22, 119 }, { 0xffffea00, 23, 145 }, { 0xfffff600, 24, 174 },
	{ 0xfffff800, 25, 186 }, { 0xfffffbc0, 26, 190 }, { 0xfffffe20, 27, 205 }, { 0xfffffff0, 28, 224 },
	{ 0xfffffffc, 30, 253 },
};

/* By their codes. The last code, of thirty ones, is EOS: no text has it, and its place is the limit of the others. */
static const uint8_t octets[256] = {
	48,  49,  50,  97,  99,  101, 105, 111, 115, 116, 32,  37,  45,  46,  47,  51,  52,  53,  54,  55,  56,  57,  61,  65,
	95,  98,  100, 102, 103, 104, 108, 109, 110, 112, 114, 117, 58,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,
	77,  78,  79,  80,  81,  82,  83,  84,  85,  86,  87,  89,  106, 107, 113, 118, 119, 120, 121, 122, 38,  42,  44,  59,
	88,  90,  33,  34,  40,  41,  63,  39,  43,  124, 35,  62,  0,   36,  64,  91,  93,  126, 94,  125, 60,  96,  123, 92,
	195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230, 129,
	132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232,
	233, 1,   135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182,
	183, 188, 191, 197, 231, 239, 9,   142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237, 199, 207, 234, 235, 192, 193,
	200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255, 203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245,
	246, 247, 248, 250, 251, 252, 253, 254, 2,   3,   4,   5,   6,   7,   8,   11,  12,  14,  15,  16,  17,  18,  19,  20,
	21,  23,  24,  25,  26,  27,  28,  29,  30,  31,  127, 220, 249, 10,  13,  22,
};

ssize_t hpack_huffman_decode(char *to, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = bytes + size;
	unsigned int held = 0, i;
	uint64_t window = 0;
	uint32_t code, start;
	char *at = to;

	for (;;) {
		for (; held <= 56 && bytes < end; held += 8)
			window |= (uint64_t)*bytes++ << (56 - held);
		/* Padding is up to seven ones (RFC 7541 5.2), and those are the beginning of no shorter code. */
		code = (uint32_t)((window | (held < 64 ? ~0ULL >> held : 0)) >> 32);
		if (held < 8 && code == UINT32_MAX)
			return at - to;
		for (i = 0, start = 0; code >= lengths[i].limit; start = lengths[i++].limit)
			if (i == sizeof(lengths) / sizeof(lengths[0]) - 1)
				return -1;
		if (lengths[i].bits > held)
			return -1;
		*at++ = (char)octets[lengths[i].first + ((code - start) >> (32 - lengths[i].bits))];
		window <<= lengths[i].bits;
		held -= lengths[i].bits;
	}
}
