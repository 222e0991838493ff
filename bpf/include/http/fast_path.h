/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The fast path reads the common parts of messages eight bytes at once. Each part ends in the same state as the table, or does nothing.
 * The table handles all rare input. A part may load stale bytes after the end of a piece, but does not act on them.
 *
 * The parts run one after another and keep their state in memory: without CAP_PERFMON the verifier walks the code after a join only once
 * if no register differs there.
 */
#pragma once

#include "http/actions.h"

enum { HTTP_WORDS_SKIPPED = 16 };

/* For eight bytes below 0x80: marks each byte in the range with 0x80. */
#define BETWEEN(low, from, to) (((low) + EIGHT(0x80 - (from))) & ~((low) + EIGHT(0x7f - (to))))

/*
 * Marks the first of eight bytes that is a control character, DEL or not ASCII with 0x80; 0: no byte is. A byte below 0x20 borrows from
 * its high bit, and DEL carries into it, so marks after the first may be wrong.
 */
static __always_inline __u64 http_stops(__u64 eight)
{
	return ((eight - EIGHT(0x20)) | (eight + EIGHT(1)) | eight) & EIGHT(0x80);
}

/* Marks an @, too: the bytes before it may be secret. A byte that is not ASCII is marked anyway. */
static __always_inline __u64 http_kept_stops(__u64 eight)
{
	return http_stops(eight) | (~((eight ^ EIGHT('@')) + EIGHT(0x7f)) & ~eight & EIGHT(0x80));
}

/* Marks each of eight bytes that is not a letter, digit or "-" with 0x80. */
static __always_inline __u64 http_name_stops(__u64 eight)
{
	__u64 low = eight & EIGHT(0x7f), dash = (low ^ EIGHT('-')) + EIGHT(0x7f);

	return (~(BETWEEN(low | EIGHT(0x20), 'a', 'z') | BETWEEN(low, '0', '9') | ~dash) | eight) & EIGHT(0x80);
}

/* Marks each of eight bytes that is not a digit with 0x80. */
static __always_inline __u64 http_digit_stops(__u64 eight)
{
	return (~BETWEEN(eight & EIGHT(0x7f), '0', '9') | eight) & EIGHT(0x80);
}

/* Marks each of eight bytes that is not a capital letter with 0x80. */
static __always_inline __u64 http_method_stops(__u64 eight)
{
	return (~BETWEEN(eight & EIGHT(0x7f), 'A', 'Z') | eight) & EIGHT(0x80);
}

/* Passes up to `words` words, to the first marked byte or to the end. */
static __always_inline void http_pass_words(struct http_walk *w, __u64 (*stops_in)(__u64 eight), __u32 words)
{
	__u32 i, at = w->at;
	__u64 stops = 0;

	w->from = at;
	UNROLL
	for (i = 0; i < words; i++) {
		if (at >= w->end)
			break;
		stops = stops_in(load64(&w->bytes[at & (HTTP_CHUNK - 1)]));
		if (stops)
			break;
		at += 8;
	}
	if (stops)
		at += bytes_before(stops);
	w->at = at < w->end ? at : w->end;
	barrier();
}

static __always_inline const __u8 *http_here(const struct http_walk *w)
{
	return &w->bytes[w->at & (HTTP_CHUNK - 1)];
}

static __always_inline int http_ends_line(const __u8 *at)
{
	return at[0] == '\r' && at[1] == '\n';
}

static __always_inline __u64 http_version(void)
{
	static const char version[] = "HTTP/1.1";

	return load64(version);
}

/* Nearly every response begins with this version. */
static __always_inline void http_pass_response(struct http_reading *r)
{
	struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;

	http_start(r);
	m->used[EBPFI_HTTP_METHOD] = 4;
	store64(&r->text.at[HTTP_METHOD_BASE], http_version() & http_mask(4));
	m->notes |= 1 << HTTP_IS_RESPONSE;
	m->minor = 1;
	m->state = HTTP_STATUS;
	w->at += 8;
}

/* A method and the blank after it. */
static __always_inline void http_pass_method(struct http_reading *r)
{
	struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;
	__u64 word = load64(http_here(w)), stops = http_method_stops(word);
	__u32 size = bytes_before(stops);

	if (!stops || !size || w->at + size >= w->end || (word >> (8 * size & 63) & 0xff) != ' ')
		return;
	http_start(r);
	http_call_hooks(r, EBPFI_HTTP_METHOD, http_here(w), size);
	m->used[EBPFI_HTTP_METHOD] = size;
	store64(&r->text.at[HTTP_METHOD_BASE], word & http_mask(size));
	m->state = HTTP_TARGET;
	w->at += size + 1;
}

static __always_inline void http_pass_start(struct http_reading *r)
{
	struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;
	__u16 state = READ_ONCE(m->state);

	if (state > HTTP_RESPONSE)
		return;
	if (state != HTTP_REQUEST && w->at + 8 <= w->end && load64(http_here(w)) == http_version())
		http_pass_response(r);
	else if (state != HTTP_RESPONSE)
		http_pass_method(r);
}

/* Marks each of eight bytes that the table must handle in a target with 0x80: "." and "%", delimiters, rare bytes. */
static __always_inline __u64 http_target_stops(__u64 eight)
{
	__u64 low = eight & EIGHT(0x7f), is;

	is = BETWEEN(low | EIGHT(0x20), 'a', 'z') | BETWEEN(low, '/', '9');
	is |= ~((low ^ EIGHT('-')) + EIGHT(0x7f)) | ~((low ^ EIGHT('_')) + EIGHT(0x7f));
	is |= ~((low ^ EIGHT('=')) + EIGHT(0x7f)) | ~((low ^ EIGHT('&')) + EIGHT(0x7f));
	return (~is | eight) & EIGHT(0x80);
}

/* Keeps the bytes that http_pass_words() passed. */
static __always_inline void http_keep_run(struct http_reading *r, __u32 field)
{
	struct http_walk *w = &r->walk;
	__u32 from = w->from;

	http_call_hooks(r, field, &w->bytes[from & (HTTP_CHUNK - 1)], w->at - from);
	http_keep_bytes(r, field, &w->bytes[from & (HTTP_CHUNK - 1)], w->at - from);
}

/* The byte that ends a path or the target. */
static __always_inline void http_end_target(struct http_reading *r)
{
	struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;
	__u8 byte = *http_here(w);

	if (w->at >= w->end || w->at == w->from)
		return;
	if (byte == '?' && READ_ONCE(m->state) != HTTP_QUERY) {
		http_call_hooks(r, EBPFI_HTTP_TARGET, http_here(w), 1);
		http_keep_byte(r, EBPFI_HTTP_TARGET, byte);
		m->state = HTTP_QUERY;
		w->at++;
	} else if (byte == ' ') {
		m->state = HTTP_VERSION;
		w->at++;
	}
}

/* Some words of a target. */
static __always_inline void http_pass_target(struct http_reading *r)
{
	struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;
	__u16 state = READ_ONCE(m->state);

	if (state < HTTP_TARGET || state > HTTP_QUERY || (state == HTTP_TARGET && *http_here(w) != '/'))
		return;
	http_pass_words(w, http_target_stops, HTTP_WORDS_KEPT - 1);
	if (w->at != w->from && READ_ONCE(m->state) != HTTP_QUERY)
		m->state = w->bytes[(w->at - 1) & (HTTP_CHUNK - 1)] == '/' ? HTTP_SLASH : HTTP_PATH;
	barrier();
	http_keep_run(r, EBPFI_HTTP_TARGET);
	barrier();
	http_end_target(r);
}

/* Nearly every request line ends with this version. */
static __always_inline void http_pass_version(struct http_message *m, struct http_walk *w)
{
	const __u8 *line = http_here(w);

	if (READ_ONCE(m->state) != HTTP_VERSION || w->at + 10 > w->end || load64(line) != http_version() ||
	    !http_ends_line(line + 8))
		return;
	m->minor = 1;
	m->notes |= 1 << HTTP_HAS_VERSION;
	m->state = HTTP_LINE;
	w->at += 10;
}

static __always_inline void http_pass_line_end(struct http_message *m, struct http_walk *w)
{
	if (READ_ONCE(m->state) != HTTP_LINE_CR || w->at >= w->end || *http_here(w) != '\n')
		return;
	m->state = HTTP_LINE;
	w->at++;
}

/* The size of the name at the start of a line, 32 at most. */
static __always_inline __u32 http_name_size(const __u8 *line)
{
	__u64 stops = 0;
	__u32 size;

	UNROLL
	for (size = 0; size < 32; size += 8) {
		stops = http_name_stops(load64(line + size));
		if (stops)
			break;
	}
	return stops ? size + bytes_before(stops) : size;
}

/* 0: they are equal. */
static __always_inline __u64 http_differs(const __u8 *bytes, const __u64 *letters, const __u64 *mask, __u32 words)
{
	__u64 differs = 0;
	__u32 i;

	UNROLL
	for (i = 0; i < words; i++)
		differs |= (load64(bytes + 8 * i) & mask[i]) ^ letters[i];
	return differs;
}

/* The usual value of a header, and the line's end. */
static __always_inline void http_pass_usual(struct http_message *m, struct http_walk *w, const struct http_name *name)
{
	__u32 end = w->at + name->usual_size;

	if (!name->usual_size || end + 2 > w->end ||
	    http_differs(http_here(w), name->usual, name->usual_mask, HTTP_USUAL_WORDS) ||
	    !http_ends_line(&w->bytes[end & (HTTP_CHUNK - 1)]))
		return;
	m->notes |= name->usual_note;
	m->state = HTTP_LINE;
	w->at = end + 2;
}

static __always_inline int http_is_visible(__u8 byte)
{
	return byte > ' ' && byte < 0x7f;
}

/* From a wanted header's colon to its value; most values have one blank before them. */
static __always_inline void http_begin_value(struct http_reading *r, const struct http_name *name)
{
	struct http_message *m = &r->m;
	struct http_walk *w = &r->walk;
	__u8 byte;

	m->state = name->state;
	m->notes |= name->note;
	if (name->field)
		http_begin_field(r, name->field - 1);
	if (w->at < w->end && *http_here(w) == ' ')
		w->at++;
	byte = *http_here(w);
	if (name->begun && w->at < w->end && http_is_visible(byte))
		m->state = name->begun;
	http_pass_usual(m, w, name);
}

/* A header's name, and the colon. */
static __always_inline void http_pass_name(const struct http_table *t, struct http_reading *r)
{
	struct http_message *m = &r->m;
	struct http_walk *w = &r->walk;
	const __u8 *line = http_here(w);
	const struct http_name *name;
	__u32 size, colon;

	if (READ_ONCE(m->state) != HTTP_LINE)
		return;
	size = http_name_size(line);
	colon = w->at + size;
	if (!size || colon >= w->end || w->bytes[colon & (HTTP_CHUNK - 1)] != ':')
		return;
	w->at = colon + 1;
	name = &t->names[(*line + size) & (HTTP_NAMES - 1)];
	if (name->size == size && !http_differs(line, name->letters, name->mask, HTTP_NAME_WORDS))
		http_begin_value(r, name);
	else
		m->state = HTTP_VALUE;
}

/* The number in the first `digits` of eight bytes: sums pairs, fours, then eights. */
static __always_inline __u64 http_number(__u64 eight, __u32 digits)
{
	__u64 n = (eight << ((64 - 8 * digits) & 63)) & EIGHT(0x0f);

	n = (n * (1 + (10 << 8)) >> 8) & 0x00ff00ff00ff00ffULL;
	n = (n * (1 + (100 << 16)) >> 16) & 0x0000ffff0000ffffULL;
	return n * (1 + (10000ULL << 32)) >> 32;
}

/* A response's status between its blanks. */
static __always_inline void http_pass_status(struct http_message *m, struct http_walk *w)
{
	__u64 word;

	if (READ_ONCE(m->state) != HTTP_STATUS || w->at + 5 > w->end)
		return;
	word = load64(http_here(w));
	if ((word & 0xff000000ffULL) != 0x2000000020ULL || http_digit_stops(word) & 0xffffff00)
		return;
	m->status = http_number(word >> 8, 3);
	m->state = HTTP_REASON;
	w->at += 5;
}

/* The usual Content-Length, and the line's end. */
static __always_inline void http_pass_length(struct http_message *m, struct http_walk *w)
{
	__u64 word, stops;
	__u32 digits;

	if (READ_ONCE(m->state) != HTTP_LENGTH)
		return;
	word = load64(http_here(w));
	stops = http_digit_stops(word);
	digits = bytes_before(stops);
	if (!stops || !digits || (digits > 1 && (word & 0xff) == '0') || w->at + digits + 2 > w->end ||
	    !http_ends_line(&w->bytes[(w->at + digits) & (HTTP_CHUNK - 1)]))
		return;
	m->number = http_number(word, digits);
	http_length_end(m);
	m->state = HTTP_LINE;
	w->at += digits + 2;
}

/* The scheme of an Authorization, and the blank after it, if credentials follow. */
static __always_inline void http_pass_scheme(struct http_reading *r)
{
	struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;
	if (READ_ONCE(m->state) != HTTP_SCHEME)
		return;
	http_pass_words(w, http_name_stops, 2);
	if (w->at == w->from || w->at + 1 >= w->end || *http_here(w) != ' ' || !http_is_visible(http_here(w)[1])) {
		w->at = w->from;
		return;
	}
	http_keep_run(r, EBPFI_HTTP_AUTHORIZATION);
	m->notes |= 1 << HTTP_HAS_SCHEME;
	m->state = HTTP_VALUE;
	w->at++;
}

/* A line end whose only effect is the next state. */
static __always_inline void http_end_line(struct http_message *m, struct http_walk *w, enum http_state next)
{
	if (w->at + 2 > w->end || !http_ends_line(http_here(w)))
		return;
	m->state = next;
	w->at += 2;
}

/* Some words of a header's value, or all of it. */
static __always_inline void http_pass_value(struct http_reading *r)
{
	struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;
	__u16 state = READ_ONCE(m->state);

	if (state == HTTP_VALUE || state == HTTP_REASON) {
		http_pass_words(w, http_stops, HTTP_WORDS_SKIPPED);
	} else if (state >= HTTP_KEEPING && state < HTTP_NAMED) {
		http_pass_words(w, http_kept_stops, HTTP_WORDS_KEPT - 1);
		http_keep_run(r, READ_ONCE(m->state) - HTTP_KEEPING);
	} else {
		return;
	}
	barrier();
	state = READ_ONCE(m->state);
	http_end_line(m, w, HTTP_LINE);
	if (state == HTTP_KEEPING + EBPFI_HTTP_HOST && READ_ONCE(m->state) == HTTP_LINE)
		m->notes |= 1 << HTTP_HOST_DONE;
}

/* The end of the head. HTTP_BROKEN is temporary, until http_find_body() knows what follows. */
static __always_inline void http_pass_head_end(struct http_message *m, struct http_walk *w)
{
	if (READ_ONCE(m->state) == HTTP_LINE)
		http_end_line(m, w, HTTP_BROKEN);
}

/* Stops at the end of the head at the latest. 0: it did nothing, so the table reads the next byte. */
static __always_inline int http_fast_path(const struct http_table *t, struct http_reading *r)
{
	struct http_message *m = &r->m;
	struct http_walk *w = &r->walk;

	w->begin = w->at;
	http_pass_start(r);
	barrier();
	http_pass_target(r);
	barrier();
	http_pass_version(m, w);
	barrier();
	http_pass_status(m, w);
	barrier();
	http_pass_line_end(m, w);
	barrier();
	http_pass_name(t, r);
	barrier();
	http_pass_scheme(r);
	barrier();
	http_pass_length(m, w);
	barrier();
	http_pass_value(r);
	barrier();
	http_pass_head_end(m, w);
	barrier();
	return w->at != w->begin;
}
