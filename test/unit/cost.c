/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Hostile pending requests, captures, trace lines and types may cost little more than ordinary ones. */
#include <bpf/btf.h>
#include <zlib.h>
#if __has_include(<zstd.h>)
#include <zstd.h>
#endif

#include "btf_value.h"
#include "capture.h"
#include "capture_bytes.h"
#include "cost.h"
#include "http/record.h"
#include "http_join.h"
#include "trace.h"

#define HASH_INVERSE 0xf1de83e19937733dULL /* of 2^64 divided by the golden ratio */

struct waiting {
	uint64_t connection;
	uint32_t number;
	uint32_t kind;
};

static void ignore(void *to, const struct ebpfi_event *event)
{
	(void)to;
	(void)event;
}

static void parse_waiting(const struct bytes *in)
{
	static struct http_record record;
	struct ebpfi_http *http = &record.http;
	const struct waiting *w = (const struct waiting *)in->at, *end = w + in->size / sizeof(*w);
	struct join *join = http_join_new();

	http->event.len = sizeof(record);
	for (; w < end; w++) {
		http->event.kind = (uint16_t)w->kind;
		http->connection = w->connection;
		http->number = w->number;
		http_join(join, &http->event, ignore, NULL);
	}
	http_join_free(join);
}

static void put_waiting(struct bytes *b, uint64_t connection, uint32_t number, uint32_t kind)
{
	struct waiting w = { connection, number, kind };

	put(b, &w, sizeof(w));
}

static void make_pairs(struct bytes *b)
{
	uint32_t i;

	for (i = 0; i < 4 * SIZE / sizeof(struct waiting); i++) {
		put_waiting(b, i % 100, i, EBPFI_EVENT_HTTP_REQUEST);
		put_waiting(b, i % 100, i, EBPFI_EVENT_HTTP_RESPONSE);
	}
}

/* More requests on one connection than there are slots, then unrelated responses. */
static void make_requests_without_response(struct bytes *b)
{
	uint32_t i;

	for (i = 1; i < 40000; i++)
		put_waiting(b, 7, i, EBPFI_EVENT_HTTP_REQUEST);
	for (; i < 80000; i++)
		put_waiting(b, 7, i, EBPFI_EVENT_HTTP_RESPONSE);
}

/* As above, on connections that a multiplicative hash puts into one chain: the author of a capture can choose them. */
static void make_requests_of_one_chain(struct bytes *b)
{
	uint64_t i;

	for (i = 0; i < 40000; i++)
		put_waiting(b, i * HASH_INVERSE, 1, EBPFI_EVENT_HTTP_REQUEST);
}

static void put_zeros(struct bytes *b, size_t size)
{
	static const uint8_t zeros[20 * SIZE];

	ck_assert_uint_le(size, sizeof(zeros));
	put(b, zeros, size);
}

static void parse_capture(const struct bytes *in)
{
	char why[512];
	struct frame frame;
	int err;
	struct capture *c = capture_open(file_of(in, in->size), -1, &err, why, sizeof(why));

	ck_assert_msg(c != NULL, "%s", why);
	while ((err = capture_next(c, &frame)) > 0)
		;
	ck_assert_msg(!err, "%s", capture_why(c));
	capture_close(c);
}

static void make_pcap(struct bytes *b)
{
	static const uint8_t packet[80];

	pcap_begin(b, 1);
	while (b->size < 4 * SIZE)
		pcap_add(b, 1, packet, sizeof(packet));
}

static void make_empty_packets(struct bytes *b)
{
	pcap_begin(b, 1);
	while (b->size < 4 * SIZE)
		pcap_add(b, 1, "", 0);
}

static void make_large_packets(struct bytes *b)
{
	static const uint8_t packet[262144];
	int i;

	pcap_begin(b, 1);
	for (i = 0; i < 20; i++)
		pcap_add(b, 1, packet, sizeof(packet));
}

static void put_block(struct bytes *b, uint32_t type, const void *body, uint32_t size)
{
	put32(b, type);
	put32(b, size + 12);
	put(b, body, size);
	put32(b, size + 12);
}

static void begin_pcapng(struct bytes *b)
{
	put_block(b, 0x0a0d0d0a, (const uint32_t[]){ 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX }, 16);
	put_block(b, 1, (const uint32_t[]){ 1, 0 }, 8);
}

static void make_pcapng(struct bytes *b)
{
	static const uint32_t packet[5 + 20] = { 0, 0, 0, 80, 80 };

	begin_pcapng(b);
	while (b->size < 4 * SIZE)
		put_block(b, 6, packet, sizeof(packet));
}

static void make_options(struct bytes *b)
{
	static uint32_t packet[5 + 10000] = { 0 };
	size_t i;

	for (i = 5; i < sizeof(packet) / 4; i++)
		packet[i] = 0x1234;
	begin_pcapng(b);
	while (b->size < 4 * SIZE)
		put_block(b, 6, packet, sizeof(packet));
}

static void make_unknown_blocks(struct bytes *b)
{
	begin_pcapng(b);
	while (b->size < 4 * SIZE)
		put_block(b, 0x1234, "", 0);
}

static void make_interfaces(struct bytes *b)
{
	int i;

	begin_pcapng(b);
	for (i = 1; i < 65536; i++)
		put_block(b, 1, (const uint32_t[]){ 1, 0 }, 8);
}

static void make_sections(struct bytes *b)
{
	while (b->size < 4 * SIZE)
		begin_pcapng(b);
}

static void pack_gzip(struct bytes *b)
{
	struct bytes packed = { 0 };
	z_stream z = { 0 };

	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	packed.at = malloc(packed.room = deflateBound(&z, b->size));
	z.next_in = b->at;
	z.avail_in = (uInt)b->size;
	z.next_out = packed.at;
	z.avail_out = (uInt)packed.room;
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed.size = z.total_out;
	deflateEnd(&z);
	unpacked_size = b->size;
	free(b->at);
	*b = packed;
}

static void make_gzip(struct bytes *b)
{
	make_pcap(b);
	pack_gzip(b);
}

static void make_gzip_bomb(struct bytes *b)
{
	pcap_begin(b, 1);
	put_zeros(b, 20 * SIZE);
	pack_gzip(b);
}

/* One byte in each member. */
static void make_gzip_members(struct bytes *b)
{
	struct bytes whole = { 0 }, member;
	size_t i;

	make_pcap(&whole);
	for (i = 0; i < 24 + 96 * 20; i++) {
		member = (struct bytes){ 0 };
		put(&member, whole.at + i, 1);
		pack_gzip(&member);
		put(b, member.at, member.size);
		free(member.at);
	}
	unpacked_size = 0;
	free(whole.at);
}

#ifdef ZSTD_VERSION_NUMBER
static void pack_zstd(struct bytes *b)
{
	struct bytes packed = { 0 };

	packed.at = malloc(packed.room = ZSTD_compressBound(b->size));
	packed.size = ZSTD_compress(packed.at, packed.room, b->at, b->size, 1);
	ck_assert(!ZSTD_isError(packed.size));
	unpacked_size = b->size;
	free(b->at);
	*b = packed;
}

static void make_zstd(struct bytes *b)
{
	make_pcap(b);
	pack_zstd(b);
}

static void make_zstd_bomb(struct bytes *b)
{
	pcap_begin(b, 1);
	put_zeros(b, 20 * SIZE);
	pack_zstd(b);
}

/* A capture, then empty frames that each request a window of 128 MiB. */
static void make_zstd_frames(struct bytes *b)
{
	make_pcap(b);
	pack_zstd(b);
	unpacked_size = 0;
	while (b->size < SIZE)
		put(b, (const uint8_t[]){ 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00 }, 9);
}
#endif

static void parse_trace(const struct bytes *in)
{
	struct ebpfi_trace trace;
	char line[4096];
	size_t at, size;

	for (at = 0; at < in->size; at += size + 1) {
		size = strlen((const char *)in->at + at);
		memcpy(line, in->at + at, size + 1);
		trace_parse_lost(line);
		trace_parse(line, &trace);
	}
}

static void make_lines(struct bytes *b)
{
	static const char line[] = "   task-123   [001] d.s1.  12.345678: bpf_trace_printk: text";

	while (b->size < SIZE)
		put(b, line, sizeof(line));
}

static void put_line(struct bytes *b, const char *part)
{
	size_t begin = b->size;

	while (b->size - begin < 4000)
		put(b, part, strlen(part));
	put(b, "", 1);
}

static void make_brackets(struct bytes *b)
{
	while (b->size < SIZE)
		put_line(b, " [");
}

static void make_lost_lines(struct bytes *b)
{
	while (b->size < SIZE)
		put_line(b, "-1 [LOST [0] x 9: ");
}

static void make_digits(struct bytes *b)
{
	while (b->size < SIZE) {
		put(b, "-1 [0] x ", 9);
		put_line(b, "1");
		b->at[b->size - 1] = ':';
		put(b, " ", 2);
	}
}

/* The types are made separately. `bytes` counts the value and, if hostile, the types. */
static struct btf *btf;
static int value_type;

static void parse_value(const struct bytes *in)
{
	static char out[1 << 20];
	struct text text = text_in(out, sizeof(out));

	btf_value_put(&text, true, btf, (uint32_t)value_type, in->at, in->size);
}

static int begin_types(void)
{
	btf__free(btf);
	btf = btf__new_empty();
	return btf__add_int(btf, "unsigned int", 4, 0);
}

static void make_structures(struct bytes *b)
{
	int word = begin_types(), structure = btf__add_struct(btf, "s", 16);

	btf__add_field(btf, "a", word, 0, 0);
	btf__add_field(btf, "b", word, 32, 0);
	btf__add_field(btf, "c", word, 64, 0);
	btf__add_field(btf, "d", word, 96, 0);
	value_type = btf__add_array(btf, word, structure, 5000);
	put_zeros(b, 80000);
}

/* An enumeration with as many names as elements. The value matches no name. */
static void make_enumerations(struct bytes *b)
{
	int word = begin_types(), names = btf__add_enum(btf, "e", 4), i;

	for (i = 1; i <= 20000; i++)
		btf__add_enum_value(btf, "a", i);
	value_type = btf__add_array(btf, word, names, 20000);
	put_zeros(b, 80000);
	unpacked_size = 80000 + 20000 * 8;
}

/* Nested arrays of an empty struct. */
static void make_empty_structures(struct bytes *b)
{
	int word = begin_types(), i;

	value_type = btf__add_struct(btf, "s", 0);
	for (i = 0; i < 2; i++)
		value_type = btf__add_array(btf, word, value_type, 60000);
	put_zeros(b, 4000);
	unpacked_size = 80000;
}

static const struct attack attacks[] = {
	{ "http_join, no responses", parse_waiting, make_requests_without_response, make_pairs },
	{ "http_join, one chain", parse_waiting, make_requests_of_one_chain, make_pairs },
	{ "pcap, empty packets", parse_capture, make_empty_packets, make_pcap },
	{ "pcap, large packets", parse_capture, make_large_packets, make_pcap },
	{ "pcapng, options", parse_capture, make_options, make_pcapng },
	{ "pcapng, unknown blocks", parse_capture, make_unknown_blocks, make_pcapng },
	{ "pcapng, interfaces", parse_capture, make_interfaces, make_pcapng },
	{ "pcapng, sections", parse_capture, make_sections, make_pcapng },
	{ "gzip, bomb", parse_capture, make_gzip_bomb, make_gzip },
	{ "gzip, members", parse_capture, make_gzip_members, make_pcap },
#ifdef ZSTD_VERSION_NUMBER
	{ "zstd, bomb", parse_capture, make_zstd_bomb, make_zstd },
	{ "zstd, frames", parse_capture, make_zstd_frames, make_pcap },
#endif
	{ "trace, brackets", parse_trace, make_brackets, make_lines },
	{ "trace, lost lines", parse_trace, make_lost_lines, make_lines },
	{ "trace, digits", parse_trace, make_digits, make_lines },
	{ "btf_value, enumerations", parse_value, make_enumerations, make_structures },
	{ "btf_value, empty structures", parse_value, make_empty_structures, make_structures },
};

START_TEST(hostile_bytes_cost_little_more_than_ordinary_ones)
{
	check_cost(&attacks[_i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { hostile_bytes_cost_little_more_than_ordinary_ones };

	return RUN_LOOPS("cost", NULL, tests, sizeof(attacks) / sizeof(attacks[0]));
}
