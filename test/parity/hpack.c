/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Our decoder and libnghttp2's agree on header blocks: those that libnghttp2 makes, and corrupted ones. */
#include <stdlib.h>
#include <string.h>

#include "hpack.h"
#include "runner.h"

#ifdef EBPFI_NGHTTP2
#include <nghttp2/nghttp2.h>

enum { ROUNDS = 4000, FIELDS = 8, BLOCK = 65536, TEXT = 300 };

static struct hpack_memory memory;
static uint8_t ours[4 * BLOCK], theirs[4 * BLOCK];
static size_t our_size, their_size;

static void put(uint8_t *to, size_t *size, const void *text, size_t length)
{
	ck_assert_uint_le(*size + length + 4, 4 * BLOCK);
	memcpy(to + *size, &(uint32_t){ (uint32_t)length }, 4);
	if (length)
		memcpy(to + *size + 4, text, length);
	*size += length + 4;
}

static uint64_t check_name(void *ctx, const char *name, size_t length)
{
	(void)ctx, (void)name, (void)length;
	return 1;
}

static uint64_t check_value(void *ctx, const struct hpack_field *f)
{
	(void)ctx, (void)f;
	return 2;
}

static void on_field(void *ctx, const struct hpack_field *f)
{
	(void)ctx;
	ck_assert_ptr_nonnull(f->name);
	ck_assert_uint_eq(f->name_marks, 1);
	put(ours, &our_size, f->name, f->name_length);
	put(ours, &our_size, f->value, f->value_length);
}

static bool read_ours(struct hpack *h, const uint8_t *bytes, size_t size)
{
	static const struct hpack_listener listener = { check_name, check_value, on_field };
	size_t cut = size && rand() % 4 == 0 ? (size_t)rand() % size : 0;

	our_size = 0;
	return (!cut || hpack_read(h, bytes, cut, false, &listener, NULL)) &&
	       hpack_read(h, bytes + cut, size - cut, true, &listener, NULL);
}

static bool read_theirs(nghttp2_hd_inflater *inflater, const uint8_t *bytes, size_t size)
{
	nghttp2_nv nv;
	ssize_t n;
	int flags;

	their_size = 0;
	do {
		flags = 0;
		n = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, bytes, size, 1);
		if (n < 0)
			return false;
		bytes += n;
		size -= (size_t)n;
		if (flags & NGHTTP2_HD_INFLATE_EMIT) {
			put(theirs, &their_size, nv.name, nv.namelen);
			put(theirs, &their_size, nv.value, nv.valuelen);
		}
	} while (!(flags & NGHTTP2_HD_INFLATE_FINAL));
	nghttp2_hd_inflate_end_headers(inflater);
	return true;
}

static nghttp2_hd_inflater *inflater_new(void)
{
	nghttp2_hd_inflater *inflater;

	ck_assert_int_eq(nghttp2_hd_inflate_new(&inflater), 0);
	ck_assert_int_eq(nghttp2_hd_inflate_change_table_size(inflater, HPACK_TABLE_MAX), 0);
	return inflater;
}

/* Random text of frequent octets, of all octets, or of one repeated octet. */
static size_t make_text(uint8_t *text)
{
	size_t length = (size_t)rand() % (rand() % 8 ? 20 : TEXT), i;
	int kind = rand() % 3;

	for (i = 0; i < length; i++)
		text[i] = (uint8_t)(kind == 0 ? "abc:/-"[rand() % 6] : kind == 1 ? rand() : (int)length);
	return length;
}

static size_t make_block(nghttp2_hd_deflater *deflater, uint8_t *block)
{
	static const char *const names[] = { ":path", ":method", "cookie", "x" };
	static uint8_t texts[FIELDS][2][TEXT];
	nghttp2_nv nv[FIELDS] = { 0 };
	size_t i, n = (size_t)rand() % FIELDS;
	ssize_t size;

	for (i = 0; i < n; i++) {
		nv[i].name = rand() % 2 ? (uint8_t *)names[rand() % 4] : texts[i][0];
		nv[i].namelen = nv[i].name == texts[i][0] ? make_text(texts[i][0]) : strlen((char *)nv[i].name);
		nv[i].value = texts[rand() % FIELDS][1];
		nv[i].valuelen = rand() % 2 ? make_text(nv[i].value) : 3;
		nv[i].flags = rand() % 8 ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX;
	}
	if (rand() % 50 == 0)
		nghttp2_hd_deflate_change_table_size(deflater, (size_t)rand() % (rand() % 2 ? 300 : HPACK_TABLE_MAX));
	size = nghttp2_hd_deflate_hd(deflater, block, BLOCK, nv, n);
	ck_assert_int_ge(size, 0);
	return (size_t)size;
}

START_TEST(blocks_of_libnghttp2_are_decoded_identically)
{
	nghttp2_hd_inflater *inflater = inflater_new();
	nghttp2_hd_deflater *deflater;
	static uint8_t block[BLOCK];
	struct hpack h;
	size_t size;
	int i;

	srand((unsigned int)_i + 1);
	hpack_init(&h, &memory);
	ck_assert_int_eq(nghttp2_hd_deflate_new(&deflater, HPACK_TABLE_MAX), 0);
	for (i = 0; i < ROUNDS; i++) {
		size = make_block(deflater, block);
		ck_assert(read_theirs(inflater, block, size) && read_ours(&h, block, size));
		ck_assert_uint_eq(our_size, their_size);
		ck_assert_mem_eq(ours, theirs, our_size);
		ck_assert_uint_eq(h.table.size, nghttp2_hd_inflate_get_dynamic_table_size(inflater));
	}
	hpack_forget(&h);
	ck_assert_uint_eq(h.table.held, 0);
	ck_assert_uint_eq(memory.shared, 0);
	nghttp2_hd_deflate_del(deflater);
	nghttp2_hd_inflate_del(inflater);
}
END_TEST

static void corrupt_block(uint8_t *block, size_t *size)
{
	int flips = rand() % 3;

	while (*size && flips--)
		block[(size_t)rand() % *size] = (uint8_t)rand();
	if (rand() % 8 == 0)
		*size = (size_t)rand() % (*size + 1);
}

START_TEST(corrupt_blocks_are_refused_as_by_libnghttp2)
{
	static uint8_t block[BLOCK];
	nghttp2_hd_inflater *inflater = NULL;
	nghttp2_hd_deflater *deflater = NULL;
	struct hpack h;
	int i, refused = 0;
	bool read = false;
	size_t size;

	srand((unsigned int)_i + 1);
	hpack_init(&h, &memory);
	for (i = 0; i < ROUNDS; i++) {
		if (!read) {
			if (deflater)
				nghttp2_hd_deflate_del(deflater);
			if (inflater)
				nghttp2_hd_inflate_del(inflater);
			nghttp2_hd_deflate_new(&deflater, HPACK_TABLE_MAX);
			inflater = inflater_new();
			hpack_forget(&h);
			hpack_init(&h, &memory);
		}
		size = make_block(deflater, block);
		corrupt_block(block, &size);
		read = read_theirs(inflater, block, size);
		ck_assert_int_eq(read_ours(&h, block, size), read);
		if (!read) {
			refused++;
			continue;
		}
		ck_assert_uint_eq(our_size, their_size);
		ck_assert_mem_eq(ours, theirs, our_size);
	}
	ck_assert_int_gt(refused, ROUNDS / 100);
	hpack_forget(&h);
	nghttp2_hd_deflate_del(deflater);
	nghttp2_hd_inflate_del(inflater);
}
END_TEST

int main(void)
{
	const TTest *const loops[] = { blocks_of_libnghttp2_are_decoded_identically,
				       corrupt_blocks_are_refused_as_by_libnghttp2 };

	return RUN_LOOPS("hpack and libnghttp2", NULL, loops, 4);
}

#else

int main(void)
{
	skip_all("libnghttp2 is missing");
}

#endif
