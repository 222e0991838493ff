/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Header compression of HTTP/2 (RFC 7541): the header blocks of one direction of a connection. What a byte costs is bounded: texts are
 * checked when they are received, not when they are referred to, and a table is forgotten without being filled anew.
 */
#pragma once

#include "hpack_table.h"

struct hpack {
	struct hpack_table table;
	uint8_t *block; /* the beginning of a header block whose end has not come */
	uint32_t block_size, block_room;
};

struct hpack_listener {
	/* What there is to say about a text, once for each that is received: any bits. They are in the fields that it is in. */
	uint64_t (*check_name)(void *ctx, const char *name, size_t length);
	uint64_t (*check_value)(void *ctx, const struct hpack_field *field);
	void (*field)(void *ctx, const struct hpack_field *field);
};

void hpack_init(struct hpack *h, struct hpack_memory *memory);

/* Header blocks were missed: which entries the dynamic table has is unknown, what will be added to it is known. Frees all memory. */
void hpack_forget(struct hpack *h);

/*
 * Some bytes of a header block, the last of it if `final`; its fields are given then. false: it cannot be read, and hpack_forget() was
 * called; some of the fields may have been given.
 */
bool hpack_read(struct hpack *h, const uint8_t *bytes, size_t size, bool final, const struct hpack_listener *listener,
		void *ctx);
