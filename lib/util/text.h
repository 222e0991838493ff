/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Text that is put together in a buffer of fixed size. What does not fit is cut; the text is always terminated and
 * `full` says so. Written for one line per packet, so numbers are formatted here and not by printf.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Takes what is in the buffer; false: no more is wanted. */
typedef bool (*text_flush_fn)(void *ctx, const char *bytes, size_t n);

struct text {
	char *at, *end; /* end: the last byte, kept for the terminator */
	bool full;
	char *start;
	text_flush_fn flush; /* NULL: what does not fit is cut */
	void *ctx;
};

struct text text_in(char *buf, size_t size);

/*
 * Text of any length: a buffer that is handed to `flush` whenever it is full. `full` says that no more was wanted, or that what
 * one text_printf() writes is longer than the buffer.
 */
struct text text_through(char *buf, size_t size, text_flush_fn flush, void *ctx);
/* Hands over what is in the buffer; false: no more is wanted. */
bool text_flush(struct text *t);

/* What does not fit as a whole. */
void text_put_over(struct text *t, const char *bytes, size_t n);

/* A line has thirty parts, most of them a few bytes that the compiler knows: these are copied without a call. */
static inline void text_put_bytes(struct text *t, const char *bytes, size_t n)
{
	if (n > (size_t)(t->end - t->at)) {
		text_put_over(t, bytes, n);
		return;
	}
	memcpy(t->at, bytes, n);
	t->at += n;
	*t->at = '\0';
}

static inline void text_put(struct text *t, const char *string)
{
	text_put_bytes(t, string, strlen(string));
}

static inline void text_put_char(struct text *t, char c)
{
	text_put_bytes(t, &c, 1);
}

void text_put_uint(struct text *t, uint64_t n);
/* At least `digits` digits, zeros in front. */
void text_put_padded(struct text *t, uint64_t n, int digits);
void text_put_hex(struct text *t, uint64_t n, int digits);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *t, const char *format, va_list args);

/* Takes each occurrence of a word out of `n` bytes; how many are left. */
size_t text_cut_out(char *bytes, size_t n, const char *word);
