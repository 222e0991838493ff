/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The actions of the table's moves. */
#pragma once

#include "http/text.h"

/* Passes bytes of a field to the inspector's hooks. Trailers are not fields. */
static __always_inline void http_call_hooks(struct http_reading *r, __u32 field, const __u8 *from, __u32 size)
{
	field &= EBPFI_HTTP_FIELDS - 1; /* without HTTP_KEEP_FAST */
	if (!size || http_has(&r->m, HTTP_HEAD_DONE))
		return;
	if (field == EBPFI_HTTP_TARGET)
		HTTP_ON_TARGET(r, from, size);
	HTTP_ON_FIELD(r, field, from, size);
}

static __always_inline void http_start(struct http_reading *r)
{
	r->m.time_ns = r->walk.now;
	r->m.number = 0;
	__builtin_memset(r->text.at, 0, HTTP_MIDDLE);
	HTTP_ON_START(r);
}

enum { HTTP_CHUNK_DIGITS = 32 };

/* A number that may exceed 64 bits is not a valid length. More digits do not make it valid. */
static __always_inline void http_add_digit(struct http_message *m, __u32 base, __u8 byte)
{
	__u8 low = byte | 0x20;

	/* Servers differ on how many digits they read. A chunk that begins has no bytes left. */
	if (base == 16 && ++m->left > HTTP_CHUNK_DIGITS)
		http_add_anomaly(m, EBPFI_HTTP_BAD_CHUNK);

	if (m->number > (base == 10 ? 99999999999999999ULL : (1ULL << 56) - 1)) {
		m->overflow = 1;
		http_add_anomaly(m, base == 10 ? EBPFI_HTTP_BAD_LENGTH : EBPFI_HTTP_BAD_CHUNK);
	}
	m->number = m->number * base + (byte <= '9' ? byte - '0' : low - 'a' + 10);
}

/* The room of these texts is cleared when the first of them begins: few messages have them. */
static __always_inline void http_begin_late_text(struct http_reading *r)
{
	if (!http_has_late_text(r->m.used))
		__builtin_memset(r->text.at + HTTP_LONG, 0, HTTP_LONGEST - HTTP_LONG);
	r->m.left = 0; /* where a URL's authority begins */
}

static __always_inline void http_begin_field(struct http_reading *r, __u32 field)
{
	struct http_message *m = &r->m;

	mask_index(field, EBPFI_HTTP_FIELDS - 1);
	if (!http_has(m, HTTP_HEAD_DONE))
		m->used[field] = 0;
	if (field >= EBPFI_HTTP_FORWARDED_FOR)
		http_begin_late_text(r);
	if (field == EBPFI_HTTP_AUTHORIZATION)
		m->notes &= ~(1 << HTTP_HAS_SCHEME);
	if (field != EBPFI_HTTP_HOST)
		return;
	m->notes &= ~(1 << HTTP_HOST_DONE);
	if (http_has(m, HTTP_HAS_HOST))
		http_add_anomaly(m, EBPFI_HTTP_HOSTS);
	m->notes |= 1 << HTTP_HAS_HOST;
}

/* "chunked, chunked": readers differ on whether the body is chunked once or twice. */
static __always_inline void http_set_note(struct http_message *m, __u32 note)
{
	if (note == HTTP_CHUNKED && http_has(m, HTTP_CHUNKED))
		http_add_anomaly(m, EBPFI_HTTP_BAD_CODING);
	m->notes |= 1 << (note & 31);
}

/* A second Content-Length is an anomaly even if it is equal. If it differs, the length is unknown. */
static __always_inline void http_length_end(struct http_message *m)
{
	if (http_has(m, HTTP_HAS_LENGTH))
		http_add_anomaly(m, EBPFI_HTTP_LENGTHS_DIFFER);
	if (http_has(m, HTTP_HAS_LENGTH) && m->length != m->number)
		http_add_anomaly(m, EBPFI_HTTP_BAD_LENGTH);
	m->notes |= 1 << HTTP_HAS_LENGTH;
	m->length = m->number;
	m->number = 0;
}

/* A chunk of size 0 is the last. Trailers follow, and end as a head does. */
static __always_inline void http_chunk_end(struct http_message *m)
{
	m->left = 0;
	if (m->overflow) {
		m->state = HTTP_BROKEN;
	} else if (m->number) {
		m->left = m->number;
		m->number = 0;
		m->state = HTTP_CHUNK_DATA;
	} else {
		m->state = HTTP_TRAILER;
	}
}

/* The action of a move, for the byte before `at`. */
static __always_inline void http_do_action(struct http_reading *r, __u32 move)
{
	const struct http_walk *w = &r->walk;
	struct http_message *m = &r->m;
	__u32 arg = move >> HTTP_ARG_SHIFT & 63;
	__u32 anomaly = move >> HTTP_ANOMALY_SHIFT;
	const __u8 *at = &w->bytes[(w->at - 1) & (HTTP_CHUNK - 1)];
	__u8 byte = *at;

	switch (move & HTTP_ACTION_MASK) {
	case HTTP_FIRST_DIGIT: /* of a header's number, which may follow one that was not read to its end */
		m->number = byte - '0';
		break;
	case HTTP_DIGIT:
		http_add_digit(m, 10, byte);
		break;
	case HTTP_HEX:
		http_add_digit(m, 16, byte);
		break;
	case HTTP_START:
		http_start(r);
		http_call_hooks(r, EBPFI_HTTP_METHOD, at, 1);
		http_keep_byte(r, EBPFI_HTTP_METHOD, byte);
		break;
	case HTTP_KEEP:
	case HTTP_AUTHORITY:
		http_call_hooks(r, arg, at, 1);
		http_keep_byte(r, arg, byte);
		break;
	case HTTP_CUT:
		if (arg == EBPFI_HTTP_HOST)
			http_cut_host(r);
		else if (arg == EBPFI_HTTP_TARGET)
			http_cut_target(r);
		else if (arg == EBPFI_HTTP_REFERER)
			http_cut_referer(r);
		else
			http_cut_location(r);
		break;
	case HTTP_MINOR:
		m->minor = byte - '0';
		break;
	case HTTP_FIELD:
		http_begin_field(r, arg);
		break;
	case HTTP_OLD_END:
		m->minor = 9;
		m->notes |= 1 << HTTP_OLD;
		http_add_anomaly(m, EBPFI_HTTP_ODD_LINE);
		break;
	case HTTP_PREFACE_END:
		m->minor = 0;
		m->notes |= 1 << HTTP_PREFACE;
		break;
	case HTTP_NOTE:
		http_set_note(m, arg);
		break;
	case HTTP_UNNOTE:
		m->notes &= ~(1 << (arg & 31));
		break;
	case HTTP_STATUS_END:
		m->status = m->number;
		m->number = 0;
		break;
	case HTTP_LENGTH_END:
		http_length_end(m);
		break;
	case HTTP_CHUNK_END:
		http_chunk_end(m);
		break;
	}
	if ((move & HTTP_ACTION_MASK) == HTTP_AUTHORITY)
		m->left = m->used[arg & (EBPFI_HTTP_FIELDS - 1)];
	if (anomaly)
		http_add_anomaly(m, anomaly);
}
