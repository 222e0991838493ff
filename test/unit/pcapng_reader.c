/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <ebpfinspect/event.h>
#include <errno.h>

#include "bytes.h"
#include "capture.h"
#include "link_type.h"

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, OLD_PACKET = 2, SIMPLE_PACKET = 3, NAMES = 4, PACKET = 6 };

static char why[512];

/* end() fills in the block's length. */
static size_t begin(struct bytes *b, uint32_t type)
{
	put32(b, type);
	put32(b, 0);
	return b->size - 8;
}

static void end(struct bytes *b, size_t from)
{
	while (b->size % 4)
		put(b, "", 1);
	put32(b, (uint32_t)(b->size + 4 - from));
	set32(b, from + 4, (uint32_t)(b->size - from));
}

static void option(struct bytes *b, uint16_t code, const void *value, uint16_t len)
{
	put16(b, code);
	put16(b, len);
	put(b, value, len);
	while (b->size % 4)
		put(b, "", 1);
}

static void section(struct bytes *b)
{
	size_t from = begin(b, SECTION);

	put32(b, 0x1a2b3c4d);
	put16(b, 1);
	put16(b, 0);
	put64(b, UINT64_MAX);
	end(b, from);
}

static void interface(struct bytes *b, uint16_t link, const char *name, uint8_t resolution)
{
	size_t from = begin(b, INTERFACE);

	put16(b, link);
	put16(b, 0);
	put32(b, 0);
	if (name)
		option(b, 2, name, (uint16_t)strlen(name));
	if (resolution)
		option(b, 9, &resolution, 1);
	end(b, from);
}

/* Returns where the block begins. */
static size_t packet(struct bytes *b, uint32_t id, uint64_t time, const char *data, uint32_t flags)
{
	size_t from = begin(b, PACKET);

	put32(b, id);
	put32(b, (uint32_t)(time >> 32));
	put32(b, (uint32_t)time);
	put32(b, (uint32_t)strlen(data));
	put32(b, (uint32_t)strlen(data));
	put(b, data, strlen(data));
	while (b->size % 4)
		put(b, "", 1);
	if (flags) {
		put16(b, 2);
		put16(b, 4);
		put32(b, flags);
		put32(b, 0);
	}
	end(b, from);
	return from;
}

static struct capture *open_bytes(const struct bytes *b, size_t n)
{
	int err;
	struct capture *c = capture_open(file_of(b, n), -1, &err, why, sizeof(why));

	ck_assert_msg(c != NULL, "%s", why);
	return c;
}

/* Reads to the end. Returns the last result. */
static int read_all(const struct bytes *b, size_t size, unsigned int *n)
{
	struct capture *c = open_bytes(b, size);
	struct frame f;
	int got;

	for (*n = 0; (got = capture_next(c, &f)) > 0; ++*n)
		;
	snprintf(why, sizeof(why), "%s", capture_why(c));
	capture_close(c);
	return got;
}

START_TEST(reads_sections_in_both_byte_orders)
{
	struct bytes b = { 0 };
	struct frame f;
	struct capture *c;

	section(&b);
	interface(&b, 1, "eth0", 9);
	packet(&b, 0, 5, "one", 1);
	b.swapped = true;
	section(&b);
	interface(&b, 101, "tun0", 9);
	packet(&b, 0, 6, "two", 2);
	c = open_bytes(&b, b.size);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_str_eq(f.interface, "eth0");
	ck_assert_int_eq(f.direction, EBPFI_DIRECTION_INGRESS);
	ck_assert_int_eq(f.link, 1);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_str_eq(f.interface, "tun0");
	ck_assert_int_eq(f.direction, EBPFI_DIRECTION_EGRESS);
	ck_assert_int_eq(f.link, 101);
	ck_assert_uint_eq(f.time_ns, 6);
	ck_assert_mem_eq(f.data, "two", 3);
	ck_assert_int_eq(capture_next(c, &f), 0);
	capture_close(c);
	free(b.at);
}
END_TEST

START_TEST(cut_file_gives_packets_before_the_cut_and_its_offset)
{
	struct bytes b = { 0 };
	char expected[64];
	unsigned int n, packets;
	size_t cut, edges[8];
	int i, count = 0, err;

	section(&b);
	edges[count++] = b.size;
	interface(&b, 1, "eth0", 0);
	edges[count++] = b.size;
	edges[count++] = packet(&b, 0, 1, "one", 0);
	edges[count++] = packet(&b, 0, 2, "two", 1);
	for (cut = 4; cut < b.size; cut++) {
		err = read_all(&b, cut, &n);
		for (i = 0, packets = 1; i < count && edges[i] != cut; i++)
			;
		packets = cut >= edges[3];
		ck_assert_uint_eq(n, packets);
		ck_assert_int_eq(err, i < count ? 0 : -EBADMSG);
		snprintf(expected, sizeof(expected), "cut off at byte %zu:", cut);
		ck_assert_msg(!err || strstr(why, expected), "cut at %zu: %s", cut, why);
	}
	free(b.at);
}
END_TEST

START_TEST(impossible_block_lengths_are_refused)
{
	const uint32_t lengths[] = { 0, 1, 8, 11, 13, 30, 0x7fffffff, 0xfffffffe, 0xffffffff, 0xfffffffc, 0x80000000 };
	const uint32_t types[] = { SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET, NAMES, PACKET };
	unsigned int i, j, n;
	struct bytes b;
	size_t from;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
			b = (struct bytes){ 0 };
			section(&b);
			interface(&b, 1, NULL, 0);
			packet(&b, 0, 1, "one", 0);
			from = begin(&b, types[i]);
			put32(&b, types[i] == SECTION ? 0x1a2b3c4d : 0);
			put64(&b, 1);
			put64(&b, 0);
			end(&b, from);
			set32(&b, from + 4, lengths[j]);
			ck_assert_int_eq(read_all(&b, b.size, &n), -EBADMSG);
			ck_assert_uint_eq(n, 1);
			free(b.at);
		}
}
END_TEST

START_TEST(packet_of_a_missing_interface_is_refused)
{
	const uint32_t ids[] = { 1, 2, 65536, 0xffffffff };
	unsigned int i, n;

	for (i = 0; i < 4; i++) {
		struct bytes b = { 0 };

		section(&b);
		interface(&b, 1, NULL, 0);
		packet(&b, 0, 1, "one", 0);
		packet(&b, ids[i], 1, "two", 0);
		ck_assert_int_eq(read_all(&b, b.size, &n), -EBADMSG);
		ck_assert_uint_eq(n, 1);
		free(b.at);
	}
}
END_TEST

START_TEST(new_section_discards_earlier_interfaces)
{
	struct bytes b = { 0 };
	unsigned int n;

	section(&b);
	interface(&b, 1, NULL, 0);
	section(&b);
	packet(&b, 0, 1, "one", 0);
	ck_assert_int_eq(read_all(&b, b.size, &n), -EBADMSG);
	ck_assert_uint_eq(n, 0);
	free(b.at);
}
END_TEST

START_TEST(ten_thousand_interfaces_are_distinct_and_65537_are_refused)
{
	struct bytes b = { 0 };
	struct frame f;
	struct capture *c;
	unsigned int i, n;
	char name[16];

	section(&b);
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		interface(&b, 1, name, 0);
	}
	packet(&b, 9999, 1, "one", 0);
	c = open_bytes(&b, b.size);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_str_eq(f.interface, "veth9999");
	capture_close(c);
	for (; i <= 65536; i++)
		interface(&b, 1, NULL, 0);
	ck_assert_int_eq(read_all(&b, b.size, &n), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(why, "65536 interfaces"));
	free(b.at);
}
END_TEST

/* 1.5 s in each unit that can express it. */
static void reads_time(uint8_t resolution, uint64_t units, uint64_t expected_ns)
{
	struct bytes b = { 0 };
	struct frame f;
	struct capture *c;

	section(&b);
	interface(&b, 1, NULL, resolution);
	packet(&b, 0, units, "one", 0);
	c = open_bytes(&b, b.size);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.time_ns, expected_ns);
	capture_close(c);
	free(b.at);
}

START_TEST(every_timestamp_resolution_is_read)
{
	reads_time(0, 1500000, 1500000000); /* no option: microseconds */
	reads_time(3, 1500, 1500000000);
	reads_time(9, 1500000000, 1500000000);
	reads_time(12, 1500000000000, 1500000000);
	reads_time(28, UINT64_MAX, 1);
	reads_time(127, UINT64_MAX, 0);
	reads_time(0x80 | 1, 3, 1500000000);
	reads_time(0x80 | 32, 3ULL << 31, 1500000000);
	reads_time(0x80 | 63, 3ULL << 62, 1500000000);
	reads_time(0x80 | 127, UINT64_MAX, 0);
}
END_TEST

START_TEST(interface_offset_is_added_to_timestamps)
{
	struct bytes b = { 0 };
	struct frame f;
	struct capture *c;
	int64_t offset = -1;
	size_t from;

	section(&b);
	from = begin(&b, INTERFACE);
	put32(&b, 1);
	put32(&b, 0);
	option(&b, 14, &offset, 8);
	end(&b, from);
	packet(&b, 0, 3000000, "one", 0);
	c = open_bytes(&b, b.size);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.time_ns, 2000000000);
	capture_close(c);
	free(b.at);
}
END_TEST

START_TEST(simple_and_obsolete_packets_are_read_and_unknown_blocks_skipped)
{
	struct bytes b = { 0 };
	struct frame f;
	struct capture *c;
	size_t from;

	section(&b);
	interface(&b, 1, "eth0", 0);
	from = begin(&b, NAMES);
	put64(&b, 1);
	end(&b, from);
	from = begin(&b, OLD_PACKET);
	put16(&b, 0);
	put16(&b, 7);
	put32(&b, 0);
	put32(&b, 9);
	put32(&b, 3);
	put32(&b, 3);
	put(&b, "one", 3);
	end(&b, from);
	from = begin(&b, SIMPLE_PACKET);
	put32(&b, 6);
	put(&b, "twotwo", 6);
	end(&b, from);
	c = open_bytes(&b, b.size);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.time_ns, 9000);
	ck_assert_uint_eq(f.len, 3);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.time_ns, 9000); /* the time of the previous packet */
	ck_assert_uint_eq(f.len, 6);
	ck_assert_mem_eq(f.data, "twotwo", 6);
	ck_assert_str_eq(f.interface, "eth0");
	ck_assert_int_eq(capture_next(c, &f), 0);
	capture_close(c);
	free(b.at);
}
END_TEST

START_TEST(packet_longer_than_its_block_is_refused)
{
	const uint32_t lengths[] = { 5, 64, 0x7fffffff, 0xffffffff };
	struct bytes b = { 0 };
	unsigned int i, n;
	size_t from;

	section(&b);
	interface(&b, 1, NULL, 0);
	from = packet(&b, 0, 1, "one!", 0);
	for (i = 0; i < 4; i++) {
		set32(&b, from + 20, lengths[i]);
		ck_assert_int_eq(read_all(&b, b.size, &n), -EBADMSG);
		ck_assert_uint_eq(n, 0);
	}
	free(b.at);
}
END_TEST

START_TEST(option_that_ends_after_its_block_is_refused)
{
	struct bytes b = { 0 };
	unsigned int n;
	size_t from;

	section(&b);
	from = begin(&b, INTERFACE);
	put64(&b, 1);
	put16(&b, 2);
	put16(&b, 65535);
	end(&b, from);
	packet(&b, 0, 1, "one", 0);
	ck_assert_int_eq(read_all(&b, b.size, &n), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(why, "option 2"));
	free(b.at);
}
END_TEST

START_TEST(packet_of_an_unknown_link_type_is_marked_and_named)
{
	struct bytes b = { 0 };
	struct capture *c;
	struct frame f;

	section(&b);
	interface(&b, 1, NULL, 0);
	interface(&b, 105, NULL, 0);
	packet(&b, 0, 1, "one", 0);
	packet(&b, 1, 1, "two", 0);
	packet(&b, 0, 1, "three", 0);
	c = open_bytes(&b, b.size);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.link, LINK_ETHERNET);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.link, LINK_OTHER);
	ck_assert_ptr_nonnull(strstr(capture_why(c), "link type 105 (IEEE802_11) "));
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.link, LINK_ETHERNET);
	ck_assert_uint_eq(f.len, 5);
	ck_assert_int_eq(capture_next(c, &f), 0);
	capture_close(c);
	free(b.at);
}
END_TEST

START_TEST(control_characters_in_interface_names_are_replaced)
{
	struct bytes b = { 0 };
	struct frame f;
	struct capture *c;

	section(&b);
	interface(&b, 1, "e\033[2Jth\n", 0);
	packet(&b, 0, 1, "one", 0);
	c = open_bytes(&b, b.size);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_str_eq(f.interface, "e?[2Jth?");
	capture_close(c);
	free(b.at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reads_sections_in_both_byte_orders,
		cut_file_gives_packets_before_the_cut_and_its_offset,
		impossible_block_lengths_are_refused,
		packet_of_a_missing_interface_is_refused,
		new_section_discards_earlier_interfaces,
		ten_thousand_interfaces_are_distinct_and_65537_are_refused,
		every_timestamp_resolution_is_read,
		interface_offset_is_added_to_timestamps,
		simple_and_obsolete_packets_are_read_and_unknown_blocks_skipped,
		packet_longer_than_its_block_is_refused,
		option_that_ends_after_its_block_is_refused,
		packet_of_an_unknown_link_type_is_marked_and_named,
		control_characters_in_interface_names_are_replaced,
	};

	return RUN_TESTS("pcapng_reader", NULL, tests);
}
