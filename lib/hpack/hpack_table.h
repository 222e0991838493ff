/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The tables of HPACK (RFC 7541 2.3): the static one, and the dynamic one of a direction, of which the older entries may be unknown.
 * Entries carry the marks that their texts got when they were received, so that a reference costs the same however long the text is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hpack_huffman.h"

enum {
	HPACK_STATIC = 61,              /* entries of the static table */
	HPACK_OVERHEAD = 32,            /* bytes that an entry counts beside its texts (RFC 7541 4.1) */
	HPACK_TABLE_FIRST = 4096,       /* size of a dynamic table at first (RFC 9113 6.5.2) */
	HPACK_TABLE_MAX = 65536,        /* the largest that is followed */
	HPACK_BLOCK_MAX = 65536,        /* bytes of a header block */
	HPACK_OWN = 8192,               /* bytes of memory that each direction may always hold */
	HPACK_SHARED_MAX = 8192 * 1024, /* bytes of memory beyond that, of all directions together */
};

/* What the directions of a session share. */
struct hpack_memory {
	size_t shared;                                  /* bytes held beyond the directions' own */
	char texts[HPACK_HUFFMAN_MAX(HPACK_BLOCK_MAX)]; /* of one header block, decoded */
};

struct hpack_field {
	const char *name, *value; /* the name is NULL if it is unknown */
	uint32_t name_length, value_length;
	uint64_t name_marks, value_marks;
};

struct hpack_table {
	struct hpack_memory *memory;
	size_t held; /* bytes of memory */
	struct hpack_entry **ring;
	uint32_t places;  /* of the ring, a power of two; 0 at first */
	uint32_t newest;  /* place of the newest entry */
	uint32_t entries; /* that are known */
	uint32_t size;    /* their size, and the most that it may be (RFC 7541 4.1, 4.2) */
	uint32_t size_max;
	bool older_unknown; /* there may be entries older than those that are known */
};

void hpack_table_init(struct hpack_table *t, struct hpack_memory *memory);

/* Forgets the entries' texts: all that there are become unknown. */
void hpack_table_forget(struct hpack_table *t);

/* Accounts for memory of the direction; false: there is none left, even if older entries were forgotten. */
bool hpack_table_take_memory(struct hpack_table *t, size_t size);
void hpack_table_give_memory(struct hpack_table *t, size_t size);

/* A dynamic table size update (RFC 7541 4.3). */
void hpack_table_resize(struct hpack_table *t, uint32_t size_max);

/* Adds a copy as the newest entry (RFC 7541 4.4). Without memory, all entries become unknown. */
void hpack_table_add(struct hpack_table *t, const struct hpack_field *field);

/*
 * The entry of an index (RFC 7541 2.3.3), valid until the next call of another function; false: there is no such entry. The marks of
 * a static entry are zero.
 */
bool hpack_table_get(const struct hpack_table *t, uint32_t index, struct hpack_field *field);
