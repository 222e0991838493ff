/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The text of a message that is kept: each field up to its room. */
#pragma once

#include "http/record.h"
#include "http/state_machine.h"

/* A text whose room is behind the target's. */
static __always_inline __u32 http_has_late_text(const __u16 *used)
{
	return used[EBPFI_HTTP_FORWARDED_FOR] | used[EBPFI_HTTP_REFERER] | used[EBPFI_HTTP_LOCATION];
}

static __always_inline __u32 http_extent(const __u16 *used)
{
	if (http_has_late_text(used))
		return HTTP_LONGEST;
	if (!(used[EBPFI_HTTP_AUTHORIZATION] | used[EBPFI_HTTP_HOST] | used[EBPFI_HTTP_USER_AGENT] | used[EBPFI_HTTP_TARGET]))
		return HTTP_SHORT;
	return used[EBPFI_HTTP_TARGET] <= HTTP_SHORT_TARGET ? HTTP_MIDDLE : HTTP_LONG;
}

/* http_text_base() as a table. */
enum {
	HTTP_METHOD_BASE = 88,
	HTTP_AUTHORIZATION_BASE = 112,
	HTTP_AUTHORIZATION_ROOM = 24,
	HTTP_HOST_BASE = 136,
	HTTP_HOST_ROOM = 128,
	HTTP_TARGET_BASE = 392,
	HTTP_REFERER_BASE = 968,
	HTTP_LOCATION_BASE = 1096
};
static const __u16 http_bases[EBPFI_HTTP_FIELDS + 1] = {
	0, 64, HTTP_METHOD_BASE, 112, 136, 264, 392, 904, 968, 1096, 1224, 1224, 1224, 1224, 1224, 1224, 1224
};

/* Eight bytes; the first `size` are 0xff. */
static __always_inline __u64 http_mask(__u32 size)
{
	return size >= 8 ? ~0ULL : (1ULL << (size & 7) * 8) - 1;
}

static __always_inline void http_merge(void *to, const void *from, __u64 mask)
{
	store64(to, (load64(to) & ~mask) | (load64(from) & mask));
}

/* Sets `to` for bytes that are appended to a field; returns how many have room. The others are only counted. */
static __always_inline __u32 http_make_room(struct http_reading *r, __u32 field, __u32 size)
{
	struct http_message *m = &r->m;
	__u32 used, base, room;

	if (http_has(m, HTTP_HEAD_DONE)) /* in a trailer */
		return 0;
	mask_index(field, EBPFI_HTTP_FIELDS - 1);
	used = m->used[field];
	base = http_bases[field];
	room = http_bases[field + 1] - base;
	if (used < 0xff00)
		m->used[field] = used + size;
	if (used >= room)
		return 0;
	if (size > room - used)
		size = room - used;
	if (field == EBPFI_HTTP_TARGET && used <= HTTP_SHORT_TARGET && used + size > HTTP_SHORT_TARGET)
		__builtin_memset(r->text.at + HTTP_MIDDLE, 0, HTTP_LONG - HTTP_MIDDLE);
	m->to = base + used;
	return size;
}

/* Appends some words to a field. The last word may be partial: the next field follows. */
BPF_INLINE void http_keep_bytes(struct http_reading *r, __u32 field, const __u8 *from, __u32 size)
{
	__u32 i, room = http_make_room(r, field, size);

	UNROLL
	for (i = 0; i < HTTP_WORDS_KEPT; i++) {
		if (8 * i >= room)
			break;
		http_merge(&r->text.at[(READ_ONCE(r->m.to) + 8 * i) & (HTTP_TEXT - 1)], from + 8 * i, http_mask(room - 8 * i));
	}
}

static __always_inline void http_keep_byte(struct http_reading *r, __u32 field, __u8 byte)
{
	if (http_make_room(r, field, 1))
		r->text.at[READ_ONCE(r->m.to) & (HTTP_TEXT - 1)] = byte;
}

static __always_inline void http_cut_host(struct http_reading *r)
{
	r->m.used[EBPFI_HTTP_HOST] = 0;
	__builtin_memset(r->text.at + HTTP_HOST_BASE, 0, HTTP_HOST_ROOM);
}

/* Forgets a text from its authority on, which is `left` bytes behind its start. `base` and `room` are constants. */
static __always_inline void http_cut_url(struct http_reading *r, __u32 field, __u32 base, __u32 room)
{
	__u8 *text = r->text.at + base;
	__u32 keep = r->m.left;

	if (keep > 16) /* a scheme is short */
		keep = 0;
	r->m.used[field] = keep;
	store64(text, load64(text) & http_mask(keep));
	store64(text + 8, load64(text + 8) & http_mask(keep > 8 ? keep - 8 : 0));
	__builtin_memset(text + 16, 0, room - 16);
}

static __always_inline void http_cut_target(struct http_reading *r)
{
	http_cut_url(r, EBPFI_HTTP_TARGET, HTTP_TARGET_BASE, HTTP_LONG - HTTP_TARGET_BASE);
}

static __always_inline void http_cut_referer(struct http_reading *r)
{
	http_cut_url(r, EBPFI_HTTP_REFERER, HTTP_REFERER_BASE, HTTP_LOCATION_BASE - HTTP_REFERER_BASE);
}

static __always_inline void http_cut_location(struct http_reading *r)
{
	http_cut_url(r, EBPFI_HTTP_LOCATION, HTTP_LOCATION_BASE, HTTP_LONGEST - HTTP_LOCATION_BASE);
}

/* `name` has seven bytes, filled with zeros. */
static __always_inline int http_is_method(const struct http_reading *r, const char *name)
{
	return load64(&r->text.at[HTTP_METHOD_BASE]) == load64(name);
}
