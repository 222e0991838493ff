/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <zlib.h>
#if __has_include(<zstd.h>)
#include <zstd.h>
#endif

#include "bytes.h"

enum { MICRO = 0xa1b2c3d4, NANO = 0xa1b23c4d, PATCHED = 0xa1b2cd34, HEADER = 24, RECORD = 16 };

static char why[512];

static void pcap_header(struct bytes *b, uint32_t magic, uint32_t link)
{
	put32(b, magic);
	put16(b, 2);
	put16(b, 4);
	put64(b, 0);
	put32(b, 65535);
	put32(b, link);
}

static void pcap_packet(struct bytes *b, uint32_t sec, uint32_t fraction, const char *data, uint32_t len)
{
	put32(b, sec);
	put32(b, fraction);
	put32(b, (uint32_t)strlen(data));
	put32(b, len);
	put(b, data, strlen(data));
}

static struct bytes three_packets(uint32_t magic, bool swapped)
{
	struct bytes b = { .swapped = swapped };

	pcap_header(&b, magic, 1);
	pcap_packet(&b, 1, 2, "one", 3);
	pcap_packet(&b, 2, 0, "twotwo", 60);
	pcap_packet(&b, 1, 0, "", 0);
	return b;
}

/* Reads to the end. Returns the last result; `n` is the number of packets. */
static int read_all(const char *path, unsigned int *n)
{
	struct frame frame;
	int err = 0;
	struct capture *c = capture_open(path, -1, &err, why, sizeof(why));

	*n = 0;
	if (!c)
		return err;
	while ((err = capture_next(c, &frame)) > 0)
		++*n;
	snprintf(why, sizeof(why), "%s", capture_why(c));
	capture_close(c);
	return err;
}

static int read_bytes(const struct bytes *b, unsigned int *n)
{
	return read_all(file_of(b, b->size), n);
}

static void reads_one(uint32_t magic, bool swapped, uint64_t time_ns)
{
	struct bytes b = three_packets(magic, swapped);
	struct frame f;
	int err;
	struct capture *c = capture_open(file_of(&b, b.size), -1, &err, why, sizeof(why));

	ck_assert_msg(c != NULL, "%s", why);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.time_ns, time_ns);
	ck_assert_uint_eq(f.link, 1);
	ck_assert_uint_eq(f.offset, HEADER);
	ck_assert_mem_eq(f.data, "one", 3);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.len, 6);
	ck_assert_uint_eq(f.wire_len, 60);
	ck_assert_uint_eq(f.offset, HEADER + RECORD + 3);
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.time_ns, 1000000000); /* earlier than the previous packet, as in the file */
	ck_assert_int_eq(capture_next(c, &f), 0);
	ck_assert_uint_eq(capture_bytes(c), b.size);
	ck_assert_uint_eq(capture_total(c), b.size);
	capture_close(c);
	free(b.at);
}

START_TEST(reads_both_byte_orders_and_both_units_of_time)
{
	reads_one(MICRO, false, 1000002000);
	reads_one(MICRO, true, 1000002000);
	reads_one(NANO, false, 1000000002);
	reads_one(NANO, true, 1000000002);
}
END_TEST

START_TEST(cut_file_gives_packets_before_the_cut_and_its_offset)
{
	struct bytes b = three_packets(MICRO, false);
	const size_t ends[] = { HEADER, HEADER + RECORD + 3, HEADER + 2 * RECORD + 9, HEADER + 3 * RECORD + 9 };
	char expected[64];
	unsigned int n, whole;
	size_t cut;
	int err;

	for (cut = 4; cut < b.size; cut++) {
		err = read_all(file_of(&b, cut), &n);
		for (whole = 0; whole < 3 && ends[whole + 1] <= cut; whole++)
			;
		ck_assert_uint_eq(n, whole);
		ck_assert_int_eq(err, ends[whole] == cut ? 0 : -EBADMSG);
		snprintf(expected, sizeof(expected), "cut off at byte %zu:", cut);
		ck_assert_msg(!err || strstr(why, expected), "%s", why);
	}
	free(b.at);
}
END_TEST

START_TEST(other_files_are_refused)
{
	struct bytes b = { 0 };
	unsigned int n;

	put(&b, "GET / HTTP/1.1\r\n", 16);
	ck_assert_int_eq(read_all(file_of(&b, 16), &n), -EBADMSG);
	ck_assert_str_eq(why, "is not a capture: it has neither a pcap nor a pcapng header");
	ck_assert_int_eq(read_all(file_of(&b, 3), &n), -EBADMSG);
	ck_assert_int_eq(read_all(file_of(&b, 0), &n), -EBADMSG);
	ck_assert_str_eq(why, "is empty: not a capture");
	ck_assert_int_eq(read_all("/", &n), -EISDIR);
	ck_assert_int_eq(read_all("/nowhere", &n), -ENOENT);
	free(b.at);
}
END_TEST

START_TEST(unsupported_link_type_is_refused)
{
	struct bytes b = { 0 };
	unsigned int n;

	pcap_header(&b, MICRO, 105);
	ck_assert_int_eq(read_bytes(&b, &n), -EPROTONOSUPPORT);
	ck_assert_ptr_nonnull(strstr(why, "105"));
	free(b.at);
}
END_TEST

START_TEST(packet_above_1_mib_is_refused)
{
	const uint32_t lengths[] = { (1 << 20) + 1, 0x7fffffff, 0x80000000, 0xffffffff };
	struct bytes b = three_packets(MICRO, false);
	unsigned int i, n;

	for (i = 0; i < 4; i++) {
		set32(&b, HEADER + RECORD + 3 + 8, lengths[i]);
		ck_assert_int_eq(read_bytes(&b, &n), -EBADMSG);
		ck_assert_uint_eq(n, 1);
		ck_assert_ptr_nonnull(strstr(why, "at byte 43:"));
	}
	free(b.at);
}
END_TEST

START_TEST(shorter_of_captured_and_wire_length_is_used)
{
	struct bytes b = { 0 };
	struct frame f;
	int err;
	struct capture *c;

	pcap_header(&b, MICRO, 1);
	pcap_packet(&b, 1, 0, "twelve bytes", 3);
	c = capture_open(file_of(&b, b.size), -1, &err, why, sizeof(why));
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.len, 3);
	ck_assert_uint_eq(f.wire_len, 3);
	ck_assert_int_eq(capture_next(c, &f), 0);
	capture_close(c);
	free(b.at);
}
END_TEST

START_TEST(reads_packets_longer_than_the_snaplen)
{
	struct bytes b = three_packets(MICRO, false);
	unsigned int n;

	set32(&b, 16, 1);
	ck_assert_int_eq(read_bytes(&b, &n), 0);
	ck_assert_uint_eq(n, 3);
	free(b.at);
}
END_TEST

START_TEST(reads_the_longer_records_of_a_patched_libpcap)
{
	struct bytes b = { 0 };
	struct frame f;
	int err;
	struct capture *c;

	pcap_header(&b, PATCHED, 101);
	put64(&b, 0);
	put32(&b, 1);
	put32(&b, 1);
	put64(&b, 0);
	put(&b, "E", 1);
	c = capture_open(file_of(&b, b.size), -1, &err, why, sizeof(why));
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.link, 101);
	ck_assert_mem_eq(f.data, "E", 1);
	ck_assert_int_eq(capture_next(c, &f), 0);
	capture_close(c);
	free(b.at);
}
END_TEST

static struct bytes gzip_of(const struct bytes *b)
{
	struct bytes packed = { .at = malloc(b->size + 128), .room = b->size + 128 };
	z_stream z = { .next_in = b->at, .avail_in = (uInt)b->size, .next_out = packed.at, .avail_out = (uInt)packed.room };

	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed.size = z.total_out;
	deflateEnd(&z);
	return packed;
}

START_TEST(reads_gzip_with_several_members_and_padding)
{
	struct bytes b = three_packets(MICRO, false), more = { 0 }, packed, second;
	unsigned int n;

	pcap_packet(&more, 4, 0, "four", 4);
	packed = gzip_of(&b);
	second = gzip_of(&more);
	put(&packed, second.at, second.size);
	put(&packed, "\0\0\0\0", 4);
	ck_assert_int_eq(read_bytes(&packed, &n), 0);
	ck_assert_uint_eq(n, 4);
	free(b.at);
	free(more.at);
	free(packed.at);
	free(second.at);
}
END_TEST

START_TEST(cut_gzip_stream_is_reported_with_its_offset)
{
	struct bytes b = three_packets(MICRO, false), packed = gzip_of(&b);
	unsigned int n;
	size_t cut;

	for (cut = 3; cut < packed.size; cut++)
		ck_assert_int_eq(read_all(file_of(&packed, cut), &n), -EBADMSG);
	ck_assert_uint_eq(n, 3);
	ck_assert_ptr_nonnull(strstr(why, "of its gzip stream"));
	free(b.at);
	free(packed.at);
}
END_TEST

#if __has_include(<zstd.h>)
START_TEST(reads_zstd_and_reports_the_offset_of_a_cut)
{
	struct bytes b = three_packets(NANO, false), packed = { .at = malloc(1024) };
	unsigned int n;
	size_t cut;

	packed.size = ZSTD_compress(packed.at, 1024, b.at, b.size, 3);
	ck_assert(!ZSTD_isError(packed.size));
	ck_assert_int_eq(read_bytes(&packed, &n), 0);
	ck_assert_uint_eq(n, 3);
	for (cut = 4; cut < packed.size; cut++)
		ck_assert_int_eq(read_all(file_of(&packed, cut), &n), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(why, "of its zstd stream"));
	free(b.at);
	free(packed.at);
}
END_TEST
#endif

START_TEST(reads_a_pipe_whose_length_is_unknown)
{
	struct bytes b = three_packets(MICRO, false);
	struct capture *c;
	struct frame f;
	char path[64];
	int err, fds[2], n = 0;

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], b.at, b.size), (ssize_t)b.size);
	close(fds[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	c = capture_open(path, -1, &err, why, sizeof(why));
	ck_assert_msg(c != NULL, "%s", why);
	ck_assert_uint_eq(capture_total(c), 0);
	while (capture_next(c, &f) > 0)
		n++;
	ck_assert_int_eq(n, 3);
	ck_assert_uint_eq(capture_bytes(c), b.size);
	capture_close(c);
	free(b.at);
}
END_TEST

START_TEST(break_ends_the_wait_for_a_pipe)
{
	int err, fds[2], broken = eventfd(1, EFD_NONBLOCK);
	char path[64];

	ck_assert_int_eq(pipe(fds), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	ck_assert_ptr_null(capture_open(path, broken, &err, why, sizeof(why)));
	ck_assert_int_eq(err, -ECANCELED);
}
END_TEST

START_TEST(reads_records_across_every_edge_of_its_buffer)
{
	struct bytes b = { 0 };
	char data[1500];
	unsigned int i, n;

	pcap_header(&b, MICRO, 1);
	for (i = 0; i < 2000; i++) {
		memset(data, 'x', sizeof(data));
		data[i % sizeof(data)] = '\0';
		pcap_packet(&b, i, 0, data, 1500);
	}
	ck_assert_int_eq(read_bytes(&b, &n), 0);
	ck_assert_uint_eq(n, 2000);
	free(b.at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reads_both_byte_orders_and_both_units_of_time,
		cut_file_gives_packets_before_the_cut_and_its_offset,
		other_files_are_refused,
		unsupported_link_type_is_refused,
		packet_above_1_mib_is_refused,
		shorter_of_captured_and_wire_length_is_used,
		reads_packets_longer_than_the_snaplen,
		reads_the_longer_records_of_a_patched_libpcap,
		reads_gzip_with_several_members_and_padding,
		cut_gzip_stream_is_reported_with_its_offset,
#if __has_include(<zstd.h>)
		reads_zstd_and_reports_the_offset_of_a_cut,
#endif
		reads_a_pipe_whose_length_is_unknown,
		break_ends_the_wait_for_a_pipe,
		reads_records_across_every_edge_of_its_buffer,
	};

	return RUN_TESTS("capture", NULL, tests);
}
