/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Each packet of the unit tests, cut at each of its bytes. Run with a sanitizer this also shows that nobody reads past the end. */
#include <string.h>

#include "decode.h"
#include "runner.h"

enum { REFUSED = EBPFI_PACKET_TRUNCATED | EBPFI_PACKET_MALFORMED };

static struct decoded whole, cut;

static void see_whole(const struct frame *f)
{
	decode(f, &(struct capturing){ 0 }, &whole);
}

/* Where the packet ends by its own account. */
static size_t extent(const struct frame *f)
{
	const struct ebpfi_packet *p = &whole.packet;
	size_t end = p->payload_offset + p->payload_len;

	return p->payload_offset && f != &v4_length_zero ? end : f->headers;
}

START_TEST(whole_packets_are_decoded_to_where_their_headers_end)
{
	const struct frame *f = good_frames[_i];

	see_whole(f);
	ck_assert_msg(!(whole.packet.flags & REFUSED), "%s", f->name);
	if (whole.packet.payload_offset)
		ck_assert_msg(whole.packet.payload_offset == f->headers, "%s: %u", f->name, whole.packet.payload_offset);
	ck_assert_uint_eq(whole.packet.packet_len, f->size);
}
END_TEST

START_TEST(a_capture_that_ends_within_the_headers_is_truncated)
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

START_TEST(a_capture_that_ends_behind_the_headers_is_decoded_as_if_it_were_whole)
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

START_TEST(a_packet_that_ended_early_on_the_wire_is_malformed)
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

START_TEST(a_packet_that_contradicts_itself_is_malformed)
{
	const struct frame *f = bad_frames[_i];

	see_whole(f);
	ck_assert_msg((whole.packet.flags & REFUSED) == EBPFI_PACKET_MALFORMED, "%s", f->name);
}
END_TEST

START_TEST(a_packet_that_contradicts_itself_is_refused_wherever_it_is_cut)
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

/* Both captures and wires: what is in the event's data is what was there, up to snaplen. */
START_TEST(data_holds_what_was_captured)
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
		whole_packets_are_decoded_to_where_their_headers_end,
		a_capture_that_ends_within_the_headers_is_truncated,
		a_capture_that_ends_behind_the_headers_is_decoded_as_if_it_were_whole,
		a_packet_that_ended_early_on_the_wire_is_malformed,
		data_holds_what_was_captured,
	};
	const TTest *const bad[] = {
		a_packet_that_contradicts_itself_is_malformed,
		a_packet_that_contradicts_itself_is_refused_wherever_it_is_cut,
	};

	return RUN_LOOPS("truncation of good packets", NULL, good, GOOD_FRAMES) |
	       RUN_LOOPS("of bad ones", NULL, bad, BAD_FRAMES);
}
