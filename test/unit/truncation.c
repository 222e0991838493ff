/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Each packet of the unit tests, cut at each byte. With a sanitizer this also detects reads past the end. */
#include <string.h>

#include "decode.h"
#include "runner.h"

enum { REFUSED = EBPFI_PACKET_TRUNCATED | EBPFI_PACKET_MALFORMED };

static struct decoded whole, cut;

static void see_whole(const struct frame *f)
{
	decode(f, &(struct capturing){ 0 }, &whole);
}

/* The packet's end according to its headers. */
static size_t extent(const struct frame *f)
{
	const struct ebpfi_packet *p = &whole.packet;
	size_t end = p->payload_offset + p->payload_len;

	return p->payload_offset && f != &v4_length_zero ? end : f->headers;
}

START_TEST(whole_packets_are_decoded_to_the_end_of_their_headers)
{
	const struct frame *f = good_frames[_i];

	see_whole(f);
	ck_assert_msg(!(whole.packet.flags & REFUSED), "%s", f->name);
	if (whole.packet.payload_offset)
		ck_assert_msg(whole.packet.payload_offset == f->headers, "%s: %u", f->name, whole.packet.payload_offset);
	ck_assert_uint_eq(whole.packet.packet_len, f->size);
}
END_TEST

START_TEST(capture_cut_within_headers_is_truncated)
{
	const struct frame *f = good_frames[_i];
	size_t n;

	for (n = 0; n < f->headers; n++) {
		decode(f, &(struct capturing){ .cut = f->size - n }, &cut);
		ck_assert_msg((cut.packet.flags & REFUSED) == EBPFI_PACKET_TRUNCATED, "%s at %zu", f->name, n);
		ck_assert_uint_eq(cut.packet.packet_len, f->size);
	}
}
END_TEST

START_TEST(capture_cut_after_headers_is_decoded_completely)
{
	const struct frame *f = good_frames[_i];
	size_t n;

	see_whole(f);
	for (n = f->headers; n < f->size; n++) {
		decode(f, &(struct capturing){ .cut = f->size - n }, &cut);
		ck_assert_msg(!memcmp(&cut.packet, &whole.packet, sizeof(cut.packet)), "%s at %zu", f->name, n);
	}
}
END_TEST

START_TEST(packet_short_on_the_wire_is_malformed)
{
	const struct frame *f = good_frames[_i];
	size_t n, end;

	see_whole(f);
	end = extent(f);
	for (n = 0; n < f->size; n++) {
		decode(f, &(struct capturing){ .lost = f->size - n }, &cut);
		ck_assert_msg((cut.packet.flags & REFUSED) == (n < end ? EBPFI_PACKET_MALFORMED : 0), "%s at %zu of %zu",
			      f->name, n, end);
	}
}
END_TEST

START_TEST(contradictory_packet_is_malformed)
{
	const struct frame *f = bad_frames[_i];

	see_whole(f);
	ck_assert_msg((whole.packet.flags & REFUSED) == EBPFI_PACKET_MALFORMED, "%s", f->name);
}
END_TEST

START_TEST(contradictory_packet_is_refused_at_every_cut)
{
	const struct frame *f = bad_frames[_i];
	size_t n;

	for (n = 0; n < f->size; n++) {
		decode(f, &(struct capturing){ .cut = f->size - n }, &cut);
		ck_assert_msg(cut.packet.flags & REFUSED, "%s cut at %zu", f->name, n);
		ck_assert_msg(n < f->headers || cut.packet.flags & EBPFI_PACKET_MALFORMED, "%s cut at %zu", f->name, n);
		decode(f, &(struct capturing){ .lost = f->size - n }, &cut);
		ck_assert_msg((cut.packet.flags & REFUSED) == EBPFI_PACKET_MALFORMED, "%s lost at %zu", f->name, n);
	}
}
END_TEST

/* For cut captures and short packets: the event's data equals the available bytes, up to snaplen. */
START_TEST(data_equals_the_captured_bytes)
{
	const struct frame *f = good_frames[_i];
	struct capturing how = { 0 };

	for (how.snaplen = 0; how.snaplen < f->size + 2; how.snaplen++)
		for (how.cut = 0; how.cut <= f->size; how.cut += 5) {
			size_t there = f->size - how.cut, expected = how.snaplen < there ? how.snaplen : there;

			decode(f, &how, &cut);
			ck_assert_uint_eq(cut.packet.data_len, expected);
			ck_assert_mem_eq(cut.data, f->bytes, expected);
		}
}
END_TEST

int main(void)
{
	const TTest *const good[] = {
		whole_packets_are_decoded_to_the_end_of_their_headers,
		capture_cut_within_headers_is_truncated,
		capture_cut_after_headers_is_decoded_completely,
		packet_short_on_the_wire_is_malformed,
		data_equals_the_captured_bytes,
	};
	const TTest *const bad[] = {
		contradictory_packet_is_malformed,
		contradictory_packet_is_refused_at_every_cut,
	};

	return RUN_LOOPS("truncation of good packets", NULL, good, GOOD_FRAMES) |
	       RUN_LOOPS("of bad ones", NULL, bad, BAD_FRAMES);
}
