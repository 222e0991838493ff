/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "utf8.h"

#include <string.h>

/* By the first byte: the length, and the bits of the character in it. 0: no character begins so. */
static size_t length_of(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t utf8_next(const char *bytes, size_t n, uint32_t *character)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t i, length = n ? length_of((unsigned char)*bytes) : 0;
	uint32_t c;

	if (!length || length > n)
		return 0;
	c = (unsigned char)*bytes & (length == 1 ? 0x7f : 0x7f >> length);
	for (i = 1; i < length; i++) {
		if (!is_continuation(bytes[i]))
			return 0;
		c = c << 6 | ((unsigned char)bytes[i] & 0x3f);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*character = c;
	return length;
}

/* The bytes of ASCII at the start, eight at a time: most texts are nothing else. */
static size_t skip_ascii(const char *bytes, size_t n)
{
	size_t i = 0;
	uint64_t word;

	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		if (word & 0x8080808080808080)
			break;
	}
	while (i < n && (unsigned char)bytes[i] < 0x80)
		i++;
	return i;
}

bool utf8_is_valid(const char *bytes, size_t n)
{
	size_t i = skip_ascii(bytes, n), length;
	uint32_t ignored;

	for (; i < n; i += skip_ascii(bytes + i, n - i)) {
		length = utf8_next(bytes + i, n - i, &ignored);
		if (!length)
			return false;
		i += length;
	}
	return true;
}

size_t utf8_without_cut(const char *bytes, size_t n)
{
	size_t back;

	for (back = 1; back <= n && back < 4; back++)
		if (!is_continuation(bytes[n - back]))
			return length_of((unsigned char)bytes[n - back]) > back ? n - back : n;
	return n;
}
