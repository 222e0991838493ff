/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "text.h"

#include <stdio.h>

struct text text_in(char *buf, size_t size)
{
	return text_through(buf, size, NULL, NULL);
}

struct text text_through(char *buf, size_t size, text_flush_fn flush, void *ctx)
{
	static char nowhere[1];
	char *start = size ? buf : nowhere;
	struct text t = { start, size ? buf + size - 1 : nowhere, false, start, flush, ctx };

	*t.at = '\0';
	return t;
}

bool text_flush(struct text *t)
{
	if (!t->full)
		t->full = !t->flush(t->ctx, t->start, (size_t)(t->at - t->start));
	t->at = t->start;
	*t->at = '\0';
	return !t->full;
}

void text_put_over(struct text *t, const char *bytes, size_t n)
{
	size_t room;

	for (room = (size_t)(t->end - t->at); n > room; room = (size_t)(t->end - t->at)) {
		text_put_bytes(t, bytes, room);
		if (!t->flush || !text_flush(t)) {
			t->full = true;
			return;
		}
		bytes += room;
		n -= room;
	}
	text_put_bytes(t, bytes, n);
}

enum { DIGITS_MAX = 24 };

/* Inlined per base: the compiler turns division by a constant into a multiplication. */
static inline __attribute__((always_inline)) size_t count_digits(uint64_t n, unsigned int base, int least)
{
	size_t count = 1;

	for (; n >= base; n /= base)
		count++;
	while (count < DIGITS_MAX && count < (size_t)least)
		count++;
	return count;
}

/* Writes the digits in place if they fit. */
static inline __attribute__((always_inline)) void put_base(struct text *t, uint64_t n, unsigned int base, int least)
{
	size_t count = count_digits(n, base, least), i = count;
	bool fits = count <= (size_t)(t->end - t->at);
	char buf[DIGITS_MAX], *to = fits ? t->at : buf;

	for (; i--; n /= base)
		to[i] = "0123456789abcdef"[n % base];
	if (!fits) {
		text_put_over(t, buf, count);
		return;
	}
	t->at += count;
	*t->at = '\0';
}

void text_put_uint(struct text *t, uint64_t n)
{
	put_base(t, n, 10, 1);
}

void text_put_padded(struct text *t, uint64_t n, int digits)
{
	put_base(t, n, 10, digits);
}

void text_put_hex(struct text *t, uint64_t n, int digits)
{
	put_base(t, n, 16, digits);
}

static int print(const struct text *t, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(t->at, (size_t)(t->end - t->at) + 1, format, again);
	va_end(again);
	return n;
}

void text_vprintf(struct text *t, const char *format, va_list args)
{
	int n = print(t, format, args);

	if (n > t->end - t->at && t->flush) {
		*t->at = '\0';
		n = text_flush(t) ? print(t, format, args) : -1;
	}
	if (n < 0)
		return;
	t->full = t->full || n > t->end - t->at;
	t->at += n > t->end - t->at ? t->end - t->at : n;
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vprintf(t, format, args);
	va_end(args);
}

size_t text_cut_out(char *bytes, size_t n, const char *word)
{
	size_t skip = strlen(word);
	char *from = bytes, *to = bytes, *end = bytes + n, *found;

	for (; (found = memmem(from, (size_t)(end - from), word, skip)); from = found + skip) {
		memmove(to, from, (size_t)(found - from));
		to += found - from;
	}
	memmove(to, from, (size_t)(end - from));
	return (size_t)(to + (end - from) - bytes);
}
