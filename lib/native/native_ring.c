/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Ring buffers. Records are delivered after each packet, so a record is lost only if one packet's records overflow the ring. */
#include <errno.h>

#include "native_kind.h"

/* Precedes a record. As in the kernel it has 8 bytes, and records are padded to a multiple of 8. */
struct record_head {
	uint32_t size;
	uint32_t submitted;
};

static bool ring_open(struct native_store *s)
{
	s->memory = malloc(s->head.map.max_entries);
	return s->memory;
}

const struct native_kind native_ring = { .open = ring_open };

void *native_store_reserve(struct native_store *s, uint64_t size)
{
	size_t need = sizeof(struct record_head) + ((size + 7) & ~7ULL);
	struct record_head *head;

	/* The kernel keeps one byte free, so that full and empty differ. */
	if (size >= s->head.map.max_entries || need + s->used >= s->head.map.max_entries)
		return NULL;
	head = (struct record_head *)(s->memory + s->used);
	head->size = (uint32_t)size;
	head->submitted = 0;
	s->used += need;
	return head + 1;
}

void native_record_finish(void *record, bool submitted)
{
	((struct record_head *)record - 1)->submitted = submitted;
}

long native_store_output(struct native_store *s, const void *data, uint64_t size)
{
	void *record = native_store_reserve(s, size);

	if (!record)
		return -EAGAIN;
	memcpy(record, data, size);
	native_record_finish(record, true);
	return 0;
}

void native_store_drain(struct native_store *s, native_record_fn fn, void *ctx)
{
	struct record_head *head;
	size_t at = 0;

	while (at < s->used) {
		head = (struct record_head *)(s->memory + at);
		if (head->submitted)
			fn(ctx, head + 1, head->size);
		at += sizeof(*head) + ((head->size + 7) & ~7U);
	}
	s->used = 0;
}
