/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "hpack.h"

#ifdef EBPFI_NGHTTP2
#include <nghttp2/nghttp2.h>
#include <stdlib.h>

enum {
	TABLE_MAX = 65536,
	ENTRY_SIZE = 33, /* of a name of one byte and no value (RFC 7541 4.1) */
};

struct hpack {
	nghttp2_hd_inflater *inflater;
};

/* No field has this name: it is no token (RFC 9110 5.1). */
static const uint8_t lost_entry[] = { 0x40, 1, '?', 0 };

bool hpack_available(void)
{
	return true;
}

/* How large a table may grow is settled by SETTINGS; that it grows or shrinks, the blocks say themselves (RFC 7541 4.2). */
static bool start(struct hpack *h)
{
	return !nghttp2_hd_inflate_new(&h->inflater) && !nghttp2_hd_inflate_change_table_size(h->inflater, TABLE_MAX);
}

struct hpack *hpack_new(void)
{
	struct hpack *h = calloc(1, sizeof(*h));

	if (h && start(h))
		return h;
	hpack_free(h);
	return NULL;
}

void hpack_free(struct hpack *h)
{
	if (h && h->inflater)
		nghttp2_hd_inflate_del(h->inflater);
	free(h);
}

static void give(const nghttp2_nv *nv, hpack_field_fn fn, void *ctx)
{
	bool lost = nv->namelen == 1 && nv->name[0] == '?';

	fn(ctx, lost ? NULL : (const char *)nv->name, lost ? 0 : nv->namelen, (const char *)nv->value, nv->valuelen);
}

bool hpack_read(struct hpack *h, const uint8_t *bytes, size_t size, bool final, hpack_field_fn fn, void *ctx)
{
	nghttp2_nv nv;
	int flags;
	ssize_t n;

	if (!h->inflater)
		return false;
	do {
		flags = 0;
		n = nghttp2_hd_inflate_hd2(h->inflater, &nv, &flags, bytes, size, final);
		if (n < 0)
			return false;
		bytes += n;
		size -= (size_t)n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT && fn)
			give(&nv, fn, ctx);
	} while (!(flags & NGHTTP2_HD_INFLATE_FINAL) && (size || flags & NGHTTP2_HD_INFLATE_EMIT));
	if (flags & NGHTTP2_HD_INFLATE_FINAL)
		nghttp2_hd_inflate_end_headers(h->inflater);
	return true;
}

/* A dynamic table size update (RFC 7541 6.3); the number of its bytes. */
static size_t put_table_size(uint8_t *to, size_t table)
{
	size_t n = 1, rest = table - 31;

	to[0] = (uint8_t)(0x20 | (table < 31 ? table : 31));
	if (table < 31)
		return n;
	for (; rest >= 0x80; rest >>= 7)
		to[n++] = (uint8_t)(rest | 0x80);
	to[n++] = (uint8_t)rest;
	return n;
}

/* A table of that size, full of entries smaller than any there were: wherever an old one is referred to, there is one of these. */
static bool fill(struct hpack *h, size_t table)
{
	size_t i, entries = table / ENTRY_SIZE;
	uint8_t update[8];
	bool read = hpack_read(h, update, put_table_size(update, table), !entries, NULL, NULL);

	for (i = 0; i < entries && read; i++)
		read = hpack_read(h, lost_entry, sizeof(lost_entry), i + 1 == entries, NULL, NULL);
	return read;
}

bool hpack_lose(struct hpack *h)
{
	size_t table = h->inflater ? nghttp2_hd_inflate_get_max_dynamic_table_size(h->inflater) : TABLE_MAX;

	if (h->inflater)
		nghttp2_hd_inflate_del(h->inflater);
	h->inflater = NULL;
	return start(h) && fill(h, table);
}

#else

bool hpack_available(void)
{
	return false;
}

struct hpack *hpack_new(void)
{
	return NULL;
}

void hpack_free(struct hpack *h)
{
	(void)h;
}

bool hpack_read(struct hpack *h, const uint8_t *bytes, size_t size, bool final, hpack_field_fn fn, void *ctx)
{
	(void)h, (void)bytes, (void)size, (void) final, (void)fn, (void)ctx;
	return false;
}

bool hpack_lose(struct hpack *h)
{
	(void)h;
	return false;
}

#endif
