/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Hostile HTTP/2 against the cost of requests. */
#include "cost.h"
#include "http2_bytes.h"
#include "http_grammar.h"

enum {
	PIECE = 4096,
	LONG = 60000, /* bytes; such a text nearly fills a table */
};

static void ignore_event(void *to, const struct ebpfi_event *event)
{
	(void)to, (void)event;
}

static void parse_pieces(const struct bytes *in, uint16_t flags)
{
	struct http_table *table = http_table_new(true);
	struct http2 *h = http2_new(table);
	struct http2_piece head = { .connection = 7, .flags = flags };
	size_t size;

	for (; head.position < in->size; head.position += size) {
		size = in->size - head.position < PIECE ? in->size - head.position : PIECE;
		take_piece(h, head, in->at + head.position, size, ignore_event, NULL);
	}
	http2_free(h);
	free(table);
}

static void parse_http2(const struct bytes *in)
{
	parse_pieces(in, HTTP2_TO_SERVER);
}

static void parse_server(const struct bytes *in)
{
	parse_pieces(in, 0);
}

/* The connection is older than the watcher. */
static void parse_underway(const struct bytes *in)
{
	parse_pieces(in, HTTP2_UNDERWAY);
}

/* A literal field that is added to the table: a long :path (4), or a long new name. */
static void put_long_field(struct bytes *b, uint32_t stream, bool is_name)
{
	static uint8_t block[16 + LONG];
	size_t size = 0;

	memcpy(block, (uint8_t[]){ 0x3f, 0xe1, 0xff, 3 }, 4); /* the table has 65,536 bytes */
	size = 4;
	block[size++] = is_name ? 0x40 : 0x44;
	memcpy(block + size, (uint8_t[]){ 0x7f, 0xe1, 0xd3, 3 }, 4); /* LONG */
	size += 4;
	memset(block + size, is_name ? 'n' : '/', LONG);
	size += LONG;
	if (is_name)
		block[size++] = 0;
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream, block, size);
}

static void make_requests(struct bytes *b)
{
	uint8_t block[] = { 0x82, 0x86, 0x04, 30, [4 ... 33] = 'a', 0xbe, 0xbf };
	uint32_t stream;

	put_preface(b);
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1,
		  BYTES(0x82, 0x86, 0x84, 0x41, 3, 'a', '.', 'b', 0x7a, 4, 'c', 'u', 'r', 'l'));
	for (stream = 3; b->size < SIZE; stream += 2) {
		block[4] = '/';
		block[5 + stream % 29] ^= 1;
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream, block, sizeof(block));
	}
}

/* The direction is lost again and again, with the largest table. */
static void make_wrong_frames(struct bytes *b)
{
	int i;

	put_preface(b);
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, BYTES(0x3f, 0xe1, 0xff, 3, 0x82, 0x86, 0x84));
	while (b->size < SIZE) {
		for (i = 0; i < 3; i++)
			put_frame(b, HTTP2_WINDOW_UPDATE, 0, 0, BYTES(0, 0, 0, 1));
		put_frame(b, HTTP2_DATA, 0, 0, NULL, 0);
	}
}

/* ... with some bytes of frames between, so that the connection is not given up. */
static void make_wrong_frames_and_bodies(struct bytes *b)
{
	static const uint8_t body[4200];
	uint32_t stream;

	put_preface(b);
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, BYTES(0x3f, 0xe1, 0xff, 3, 0x82, 0x86, 0x84));
	for (stream = 3; b->size < SIZE; stream += 2) {
		put_frame(b, HTTP2_WINDOW_UPDATE, 0, 0, BYTES(0, 0, 0, 1));
		put_frame(b, HTTP2_WINDOW_UPDATE, 0, 0, BYTES(0, 0, 0, 1));
		put_frame(b, HTTP2_HEADERS, HTTP2_END_HEADERS, stream, BYTES(0x82, 0x86, 0x84));
		put_frame(b, HTTP2_DATA, 0, stream, body, sizeof(body));
		put_frame(b, HTTP2_DATA, 0, 0, NULL, 0);
	}
}

static void make_references_to_a_long_path(struct bytes *b)
{
	uint32_t stream = 1;

	put_preface(b);
	put_long_field(b, stream, false);
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream + 2, BYTES(0xbe));
}

/* ... by new fields, without a value and not added. */
static void make_references_to_a_long_name(struct bytes *b)
{
	uint32_t stream = 1;

	put_preface(b);
	put_long_field(b, stream, true);
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream + 2, BYTES(0x0f, 0x2f, 0));
}

/* The most fields per byte. */
static void make_references_only(struct bytes *b)
{
	static uint8_t block[16000];
	uint32_t stream = 1;

	put_preface(b);
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1,
		  BYTES(0x44, 16, '/', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o'));
	memset(block, 0xbe, sizeof(block));
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream + 2, block, sizeof(block));
}

/* A table of the smallest entries is filled and emptied. */
static void make_table_updates(struct bytes *b)
{
	static uint8_t block[5 + 3 * 2000] = { 0x20, 0x3f, 0xe1, 0xff, 3 };
	uint32_t stream = 1;
	size_t i;

	for (i = 5; i < sizeof(block); i += 3)
		block[i] = 0x40;
	put_preface(b);
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream, block, sizeof(block));
}

/* Opens streams whose identifiers differ by a power of two, then sends frames of an unknown stream. */
static void make_streams_of_one_bucket(struct bytes *b)
{
	uint32_t i;

	put_preface(b);
	for (i = 1; i <= 256; i++)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_HEADERS, i * 65536 + 1, BYTES(0x82));
	while (b->size < SIZE)
		put_frame(b, HTTP2_DATA, 0, 1, NULL, 0);
}

static void make_small_continuations(struct bytes *b)
{
	put_preface(b);
	put_frame(b, HTTP2_HEADERS, 0, 1, BYTES(0x82));
	while (b->size < SIZE)
		put_frame(b, HTTP2_CONTINUATION, 0, 1, BYTES(0x82));
}

/* Huffman codes of 28 bits. */
static void make_long_codes(struct bytes *b)
{
	static uint8_t block[6 + 7 * 1988] = { 0, 1, 'a', 0xff, 0xdd, 0x6b };
	uint32_t stream = 1;
	size_t i;

	for (i = 6; i < sizeof(block); i += 7)
		memcpy(block + i, (uint8_t[]){ 0xff, 0xff, 0xfe, 0x2f, 0xff, 0xff, 0xe2 }, 7);
	put_preface(b);
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream, block, sizeof(block));
}

/* The search for a frame finds nearly three frames in sequence at each second byte. */
static void make_near_frames(struct bytes *b)
{
	put_preface(b);
	put_frame(b, HTTP2_DATA, 0, 0, NULL, 0);
	while (b->size < SIZE)
		put(b, BYTES(0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0xff));
}

static void make_settings(struct bytes *b)
{
	put_preface(b);
	while (b->size < SIZE)
		put_frame(b, HTTP2_SETTINGS, HTTP2_ACK, 0, NULL, 0);
}

/* Each GOAWAY looks for the streams that it excludes. */
static void make_goaways(struct bytes *b)
{
	uint32_t i;

	for (i = 2; i <= 512; i += 2)
		put_frame(b, HTTP2_PUSH_PROMISE, HTTP2_END_HEADERS, 1,
			  BYTES(0, 0, (uint8_t)(i >> 8), (uint8_t)i, 0x82, 0x86, 0x84));
	while (b->size < SIZE)
		put_frame(b, HTTP2_GOAWAY, 0, 0, BYTES(0, 0, 0, 0, 0, 0, 0, 0));
}

/* Streams begin far apart, and are reset. */
static void make_resets(struct bytes *b)
{
	uint32_t stream = 1;

	put_preface(b);
	for (; b->size < SIZE; stream += 2048) {
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream & 0x7fffffff, BYTES(0x82, 0x86, 0x84));
		put_frame(b, HTTP2_RST_STREAM, 0, stream & 0x7fffffff, BYTES(0, 0, 0, 8));
	}
}

/* User names in the longest texts. */
static void make_user_names(struct bytes *b)
{
	static uint8_t block[16000] = { 0x82, 0x86, 0x44, 0x7f, 0xa0, 3 }; /* a :path of 543 bytes that is added */
	uint32_t stream = 1;

	memset(block + 6, '@', 543);
	put_preface(b);
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block, 6 + 543);
	memset(block, 0xbe, sizeof(block));
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream + 2, block, sizeof(block));
}

/* ... one for each message. */
static void make_user_name_references(struct bytes *b)
{
	static uint8_t block[6 + 543] = { 0x82, 0x86, 0x44, 0x7f, 0xa0, 3 };
	uint32_t stream = 1;

	memset(block + 6, '@', 543);
	put_preface(b);
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block, sizeof(block));
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream + 2, BYTES(0xbe));
}

/* A long list of hosts: each differs from the first. */
static void make_hosts(struct bytes *b)
{
	static uint8_t block[16000];
	uint32_t stream = 1;

	put_preface(b);
	memcpy(block, (uint8_t[]){ 0x82, 0x86, 0x84, 0x41, 0x7f, 81 }, 6); /* an :authority of 208 bytes that is added */
	memset(block + 6, 'h', 208);
	put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, 1, block, 6 + 208);
	memset(block, 0xbe, sizeof(block));
	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_HEADERS, HTTP2_END_STREAM | HTTP2_END_HEADERS, stream + 2, block, sizeof(block));
}

/* Bytes that are nowhere a frame, and never a second one. */
static void make_garbage(struct bytes *b)
{
	while (b->size < SIZE)
		put(b, BYTES(0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 0, 0, 0xff));
}

/* Bodies in small frames of streams that were not seen. */
static void make_bodies(struct bytes *b)
{
	uint32_t stream = 1;

	for (; b->size < SIZE; stream += 2)
		put_frame(b, HTTP2_DATA, 0, stream, BYTES(0));
}

static const struct attack attacks[] = {
	{ "http2, wrong frames", parse_http2, make_wrong_frames, make_requests },
	{ "http2, wrong frames and bodies", parse_http2, make_wrong_frames_and_bodies, make_requests },
	{ "http2, references to a long path", parse_http2, make_references_to_a_long_path, make_requests },
	{ "http2, references to a long name", parse_http2, make_references_to_a_long_name, make_requests },
	{ "http2, references only", parse_http2, make_references_only, make_requests },
	{ "http2, table updates", parse_http2, make_table_updates, make_requests },
	{ "http2, streams of one bucket", parse_http2, make_streams_of_one_bucket, make_requests },
	{ "http2, small continuations", parse_http2, make_small_continuations, make_requests },
	{ "http2, long Huffman codes", parse_http2, make_long_codes, make_requests },
	{ "http2, near frames", parse_http2, make_near_frames, make_requests },
	{ "http2, settings", parse_http2, make_settings, make_requests },
	{ "http2, GOAWAYs", parse_server, make_goaways, make_requests },
	{ "http2, resets", parse_http2, make_resets, make_requests },
	{ "http2, user names", parse_http2, make_user_names, make_requests },
	{ "http2, references to a user name", parse_http2, make_user_name_references, make_requests },
	{ "http2, hosts", parse_http2, make_hosts, make_requests },
	{ "http2 midstream, garbage", parse_underway, make_garbage, make_requests },
	{ "http2 midstream, near frames", parse_underway, make_near_frames, make_requests },
	{ "http2 midstream, bodies", parse_underway, make_bodies, make_requests },
};

START_TEST(hostile_frames_cost_little_more_than_requests)
{
	check_cost(&attacks[_i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { hostile_frames_cost_little_more_than_requests };

	return RUN_LOOPS("cost of http2", NULL, tests, sizeof(attacks) / sizeof(attacks[0]));
}
