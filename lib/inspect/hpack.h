/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Header compression of HTTP/2 (RFC 7541), one direction of a connection. The seam to libnghttp2, which need not be there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hpack;

/* A field of a header block. Its name is NULL where it stands in a part of the dynamic table that was lost. */
typedef void (*hpack_field_fn)(void *ctx, const char *name, size_t name_length, const char *value, size_t value_length);

/* Whether this library was built with a decoder. Without, hpack_new() returns NULL. */
bool hpack_available(void);

struct hpack *hpack_new(void);
void hpack_free(struct hpack *hpack);

/*
 * Some bytes of a header block, the last of it where `final`. false: they cannot be read, and the block must be given up;
 * hpack_lose() then makes the next one readable.
 */
bool hpack_read(struct hpack *hpack, const uint8_t *bytes, size_t size, bool final, hpack_field_fn fn, void *ctx);

/*
 * Header blocks were missed: what the dynamic table holds is not known any more, what will be added to it is. false: no memory, and
 * nothing can be read until another call succeeds.
 */
bool hpack_lose(struct hpack *hpack);
