/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "hpack.h"

#include <stdlib.h>
#include <string.h>

enum {
	INDEXED = 0x80, /* RFC 7541 6.1 to 6.3 */
	ADDED = 0x40,
	RESIZED = 0x20,
	HUFFMAN = 0x80, /* RFC 7541 5.2 */
	ROOM_FIRST = 512,
};

/* A header block while it is read. */
struct reading {
	struct hpack_table *table;
	const uint8_t *at, *end;
	char *texts; /* where the next one is decoded to */
	const struct hpack_listener *listener;
	void *ctx;
};

void hpack_init(struct hpack *h, struct hpack_memory *memory)
{
	*h = (struct hpack){ 0 };
	hpack_table_init(&h->table, memory);
}

static void free_block(struct hpack *h)
{
	hpack_table_give_memory(&h->table, h->block_room);
	free(h->block);
	h->block = NULL;
	h->block_size = h->block_room = 0;
}

void hpack_forget(struct hpack *h)
{
	free_block(h);
	hpack_table_forget(&h->table);
}

/* RFC 7541 5.1; false: it is cut off or too large. */
static bool read_number(struct reading *r, unsigned int bits, uint32_t *number)
{
	uint32_t prefix = (1U << bits) - 1;
	unsigned int shift = 0;
	uint8_t byte = 0x80;
	uint64_t n;

	if (r->at == r->end)
		return false;
	n = *r->at++ & prefix;
	for (; n >= prefix && byte & 0x80; shift += 7) {
		if (r->at == r->end || shift > 28)
			return false;
		byte = *r->at++;
		n += (uint64_t)(byte & 0x7f) << shift;
	}
	*number = (uint32_t)n;
	return n <= UINT32_MAX;
}

/* RFC 7541 5.2; false: it is cut off or wrongly coded. */
static bool read_text(struct reading *r, const char **text, uint32_t *length)
{
	bool coded = r->at < r->end && *r->at & HUFFMAN;
	const char *bytes;
	ssize_t decoded;

	if (!read_number(r, 7, length) || *length > (size_t)(r->end - r->at))
		return false;
	bytes = (const char *)r->at;
	r->at += *length;
	*text = bytes;
	if (!coded)
		return true;
	decoded = hpack_huffman_decode(r->texts, (const uint8_t *)bytes, *length);
	if (decoded < 0)
		return false;
	*text = r->texts;
	*length = (uint32_t)decoded;
	r->texts += decoded;
	return true;
}

/* RFC 7541 6.1 */
static bool read_indexed(struct reading *r)
{
	struct hpack_field f;
	uint32_t index;

	if (!read_number(r, 7, &index) || !hpack_table_get(r->table, index, &f))
		return false;
	if (index <= HPACK_STATIC)
		f.name_marks = r->listener->check_name(r->ctx, f.name, f.name_length);
	r->listener->field(r->ctx, &f);
	return true;
}

/* RFC 7541 6.2 */
static bool read_literal(struct reading *r)
{
	bool added = *r->at & ADDED;
	struct hpack_field f = { 0 };
	uint32_t index;

	if (!read_number(r, added ? 6 : 4, &index))
		return false;
	if (index ? !hpack_table_get(r->table, index, &f) : !read_text(r, &f.name, &f.name_length))
		return false;
	if (index <= HPACK_STATIC)
		f.name_marks = r->listener->check_name(r->ctx, f.name, f.name_length);
	if (!read_text(r, &f.value, &f.value_length))
		return false;
	f.value_marks = f.name ? r->listener->check_value(r->ctx, &f) : 0;
	r->listener->field(r->ctx, &f);
	if (added)
		hpack_table_add(r->table, &f);
	return true;
}

/* RFC 7541 6.3 */
static bool read_resize(struct reading *r)
{
	uint32_t size;

	if (!read_number(r, 5, &size) || size > HPACK_TABLE_MAX)
		return false;
	hpack_table_resize(r->table, size);
	return true;
}

static bool read_block(struct hpack *h, const uint8_t *bytes, size_t size, const struct hpack_listener *l, void *ctx)
{
	struct reading r = { &h->table, bytes, bytes + size, h->table.memory->texts, l, ctx };

	while (r.at < r.end && (*r.at & (INDEXED | ADDED | RESIZED)) == RESIZED)
		if (!read_resize(&r))
			return false;
	while (r.at < r.end) {
		/* The size changes in front of the fields only (RFC 7541 4.2). */
		if ((*r.at & (INDEXED | ADDED | RESIZED)) == RESIZED)
			return false;
		if (!(*r.at & INDEXED ? read_indexed(&r) : read_literal(&r)))
			return false;
	}
	return true;
}

/* Keeps what came of a header block until its end comes. */
static bool keep_bytes(struct hpack *h, const uint8_t *bytes, size_t size)
{
	uint32_t room = h->block_room ? h->block_room : ROOM_FIRST;
	uint8_t *block;

	if (size > HPACK_BLOCK_MAX - h->block_size)
		return false;
	while (room < h->block_size + size)
		room *= 2;
	if (room > h->block_room) {
		if (!hpack_table_take_memory(&h->table, room - h->block_room))
			return false;
		block = realloc(h->block, room);
		if (!block) {
			hpack_table_give_memory(&h->table, room - h->block_room);
			return false;
		}
		h->block = block;
		h->block_room = room;
	}
	if (size)
		memcpy(h->block + h->block_size, bytes, size);
	h->block_size += (uint32_t)size;
	return true;
}

bool hpack_read(struct hpack *h, const uint8_t *bytes, size_t size, bool final, const struct hpack_listener *l, void *ctx)
{
	bool read = size <= HPACK_BLOCK_MAX;

	if (read && (!final || h->block_size))
		read = keep_bytes(h, bytes, size);
	if (read && final)
		read = h->block_size ? read_block(h, h->block, h->block_size, l, ctx) : read_block(h, bytes, size, l, ctx);
	if (!read)
		hpack_forget(h);
	else if (final)
		free_block(h);
	return read;
}
