/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Text in a buffer of fixed size, always terminated. Text that does not fit is cut, and `full` is set. Each packet can be a line,
 * so numbers are formatted here: printf is too slow.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Takes the buffer's bytes; returns false to refuse more. */
typedef bool (*text_flush_fn)(void *ctx, const char *bytes, size_t n);

struct text {
	char *at, *end; /* end: the last byte, kept for the terminator */
	bool full;
	char *start;
	text_flush_fn flush; /* NULL: text that does not fit is cut */
	void *ctx;
};

struct text text_in(char *buf, size_t size);

/*
 * Text of any length: a full buffer is passed to `flush`. `full` is set if `flush` refused more, or if one text_printf() does not
 * fit into the buffer.
 */
struct text text_through(char *buf, size_t size, text_flush_fn flush, void *ctx);
/* Passes the buffer to `flush`; false if that refuses more. */
bool text_flush(struct text *t);

/* Slow path of text_put_bytes(): writes bytes that do not all fit. */
void text_put_over(struct text *t, const char *bytes, size_t n);

/* A line has about thirty parts, mostly short constants: inline, they are copied without a call. */
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
/* At least `digits` digits, with leading zeros. */
void text_put_padded(struct text *t, uint64_t n, int digits);
void text_put_hex(struct text *t, uint64_t n, int digits);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *t, const char *format, va_list args);

/* Removes each occurrence of a word from `n` bytes; returns how many bytes are left. */
size_t text_cut_out(char *bytes, size_t n, const char *word);
