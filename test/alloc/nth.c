/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The n-th allocation fails: in a replay, in the pcapng writer, in the native maps. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <zlib.h>

#include "bytes.h"
#include "failing.h"
#include "native_map.h"
#include "recorded.h"

static struct bytes file; /* the replayed capture */
static const char *path;
static char directory[] = "/tmp/alloc.XXXXXX", out_path[64];

static void pcap(void)
{
	uint8_t frame[14 + 20] = { [12] = 8, [14] = 0x45 };
	int i;

	file.size = 0;
	put32(&file, 0xa1b2c3d4);
	put32(&file, 4 << 16 | 2);
	put64(&file, 0);
	put32(&file, 65535);
	put32(&file, 1);
	for (i = 0; i < 5; i++) {
		put64(&file, (uint64_t)i * 100);
		put32(&file, sizeof(frame));
		put32(&file, sizeof(frame));
		put(&file, frame, sizeof(frame));
	}
}

static void pack(void)
{
	uint8_t packed[1024];
	z_stream z = { .next_in = file.at, .avail_in = (uInt)file.size, .next_out = packed, .avail_out = sizeof(packed) };

	ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	file.size = 0;
	put(&file, packed, z.total_out);
}

/* Many interfaces, and a packet larger than the initial buffer. */
static void pcapng(void)
{
	static uint8_t data[400 << 10];
	uint32_t i;

	file.size = 0;
	put32(&file, 0x0a0d0d0a);
	put32(&file, 28);
	put32(&file, 0x1a2b3c4d);
	put32(&file, 1);
	put64(&file, UINT64_MAX);
	put32(&file, 28);
	for (i = 0; i < 100; i++) {
		put32(&file, 1);
		put32(&file, 20);
		put32(&file, 1);
		put32(&file, 0);
		put32(&file, 20);
	}
	for (i = 0; i < 3; i++) {
		put32(&file, 6);
		put32(&file, 32 + sizeof(data));
		put32(&file, i);
		put64(&file, 0);
		put32(&file, sizeof(data));
		put32(&file, sizeof(data));
		put(&file, data, sizeof(data));
		put32(&file, 32 + sizeof(data));
	}
}

static int write_event(void *ctx, const struct ebpfi_event *event)
{
	struct ebpfi_pcapng **out = ctx;

	return *out && ebpfi_pcapng_write(*out, event) < 0;
}

/* Runs a whole session. Returns its first error. */
static int live(enum ebpfi_backend backend, bool writes)
{
	struct ebpfi_load_opts load = { .sz = sizeof(load), .options = (struct ebpfi_option[]){ { "snaplen", 64 }, { 0 } } };
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .backend = backend };
	struct ebpfi_pcapng_opts out_opts = { .sz = sizeof(out_opts), .rotate_bytes = 400 };
	struct ebpfi_pcapng *out = NULL;
	struct ebpfi *s = ebpfi_new(write_event, &out, NULL);
	int err;

	if (!s)
		return -ENOMEM;
	err = ebpfi_load(s, "packet", &load);
	if (!err && writes) {
		out = ebpfi_pcapng_open(s, out_path, &out_opts);
		err = out ? 0 : -ENOMEM;
	}
	if (!err)
		err = ebpfi_replay(s, "packet", path, &opts);
	failing_note(ebpfi_errmsg(s));
	ebpfi_free(s);
	return err;
}

static int replay_native(void)
{
	return live(EBPFI_BACKEND_NATIVE, false);
}

static int replay_kernel(void)
{
	return live(EBPFI_BACKEND_KERNEL, false);
}

static int replay_and_write(void)
{
	return live(EBPFI_BACKEND_NATIVE, true);
}

enum { HTTP2_EVENTS = 13 };
static struct tally {
	unsigned int events;
	uint64_t anomalies;
} tally;

static int count_event(void *ctx, const struct ebpfi_event *event)
{
	struct tally *t = ctx;

	t->events++;
	t->anomalies |= ((const struct ebpfi_http *)event)->anomalies;
	return 0;
}

/* If HTTP/2 is out of memory, the ledger or an anomaly says so, or all events are still delivered. */
static int replay_http2(void)
{
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	struct ebpfi *s = ebpfi_new(count_event, &tally, NULL);
	int err;

	if (!s)
		return -ENOMEM;
	tally = (struct tally){ 0 };
	err = ebpfi_load(s, "http", NULL);
	if (!err)
		err = ebpfi_replay(s, "http", EBPFI_SOURCE "/test/replay/http2.pcap", NULL);
	if (!err)
		err = ebpfi_get_stats(s, "http", &stats);
	failing_harmless(tally.events == HTTP2_EVENTS && !tally.anomalies && !stats.ledger.lost_map);
	ebpfi_free(s);
	return err || (!tally.anomalies && !stats.ledger.lost_map) ? err : -ENOMEM;
}

/* A segment for which there is no memory is not put into order: the events of the request are lost, as an anomaly says. */
static int replay_swapped(void)
{
	struct ebpfi *s = ebpfi_new(count_event, &tally, NULL);
	int err;

	if (!s)
		return -ENOMEM;
	tally = (struct tally){ 0 };
	err = ebpfi_load(s, "http", NULL);
	if (!err)
		err = ebpfi_replay(s, "http", path, NULL);
	failing_note(ebpfi_errmsg(s));
	failing_harmless(tally.events == 2 && !tally.anomalies);
	ebpfi_free(s);
	return err || !tally.anomalies ? err : -ENOMEM;
}

static int use_map(uint32_t type)
{
	struct native_map map = { "map", type, 8, 8, 3, NULL };
	struct native_store *store = native_store_new(&map);
	uint32_t key[2] = { 0, 0 };
	uint64_t value = 1;
	long err = 0;

	if (!store)
		return -ENOMEM;
	for (key[0] = 0; key[0] < 3 && !err; key[0]++)
		err = native_store_update(store, key, &value, BPF_ANY);
	native_store_free(store);
	return (int)err;
}

static int use_maps(void)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_LPM_TRIE };
	unsigned int i;
	int err = 0;

	for (i = 0; i < sizeof(types) / sizeof(types[0]) && !err; i++)
		err = use_map(types[i]);
	return err;
}

static void every_one(int (*scenario)(void), long at_least)
{
	path = file_of(&file, file.size);
	failing_every(scenario, at_least);
}

START_TEST(native_replay_survives_every_failing_allocation)
{
	pcap();
	every_one(replay_native, 8);
	pcapng();
	every_one(replay_native, 14);
	pcap();
	pack();
	every_one(replay_native, 9);
}
END_TEST

START_TEST(http2_reports_each_loss_when_an_allocation_fails)
{
	pcap();
	every_one(replay_http2, 30);
}
END_TEST

START_TEST(swapped_segments_are_told_as_a_gap_when_an_allocation_fails)
{
	static const unsigned int order[] = { 0, 1, 2, 4, 3, 5 };
	struct segments to = recorded_conversation();

	segments_open(&to, 1000, 5000);
	segments_say(&to, CLIENT, ACK, "GET / HTTP/1.1\r\nHo", 18);
	segments_say(&to, CLIENT, ACK, "st: a\r\n\r\n", 9);
	segments_say(&to, SERVER, ACK, "HTTP/1.1 204 No\r\n\r\n", 19);
	path = recorded_capture(order, sizeof(order) / sizeof(order[0]));
	failing_every(replay_swapped, 10);
}
END_TEST

START_TEST(kernel_replay_survives_every_failing_allocation)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .backend = EBPFI_BACKEND_KERNEL };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int err;

	pcap();
	err = ebpfi_replay(s, "packet", file_of(&file, file.size), &opts);
	ebpfi_free(s);
	if (!err)
		every_one(replay_kernel, 8);
	else
		printf("SKIP: the kernel backend cannot be used here\n");
}
END_TEST

START_TEST(pcapng_writer_survives_every_failing_allocation)
{
	pcap();
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(out_path, sizeof(out_path), "%s/out.pcapng", directory);
	every_one(replay_and_write, 20);
	snprintf(out_path, sizeof(out_path), "rm -r %s", directory);
	ck_assert_int_eq(system(out_path), 0);
}
END_TEST

START_TEST(native_maps_survive_every_failing_allocation)
{
	failing_every(use_maps, 20);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		native_replay_survives_every_failing_allocation,
		http2_reports_each_loss_when_an_allocation_fails,
		swapped_segments_are_told_as_a_gap_when_an_allocation_fails,
		kernel_replay_survives_every_failing_allocation,
		pcapng_writer_survives_every_failing_allocation,
		native_maps_survive_every_failing_allocation,
	};

	return RUN_TESTS("nth", NULL, tests);
}
