/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "capture_bytes.h"
#include "pcapng_format.h"

static const uint8_t frame[60] = { [12] = 8, [14] = 0x45, [17] = 46, [22] = 64, [23] = 17 };
static unsigned int events;
static struct ebpfi *s;

static int count(void *ctx, const struct ebpfi_event *event)
{
	(void)ctx;
	(void)event;
	events++;
	return 0;
}

static void setup(void)
{
	s = ebpfi_new(count, NULL, NULL);
	ck_assert_ptr_nonnull(s);
}

static const char *packets(unsigned int n, uint64_t apart_us)
{
	struct bytes b = { 0 };
	const char *path;
	unsigned int i;

	pcap_begin(&b, 1);
	for (i = 0; i < n; i++)
		pcap_add(&b, 1000000 + i * apart_us, frame, sizeof(frame));
	path = file_of(&b, b.size);
	free(b.at);
	return path;
}

static struct progress {
	uint64_t bytes, total;
	unsigned int calls, stop_at;
} seen;

static int on_progress(void *ctx, uint64_t bytes, uint64_t total)
{
	ck_assert_ptr_eq(ctx, &seen);
	ck_assert_uint_ge(bytes, seen.bytes);
	seen.bytes = bytes;
	seen.total = total;
	return ++seen.calls == seen.stop_at;
}

static struct ebpfi_replay_opts with_progress(uint64_t every)
{
	return (struct ebpfi_replay_opts){
		.sz = sizeof(struct ebpfi_replay_opts), .progress = on_progress, .progress_ctx = &seen, .progress_bytes = every
	};
}

START_TEST(progress_is_reported_per_interval_and_at_the_end)
{
	struct ebpfi_replay_opts opts = with_progress(7600);

	ck_assert_int_eq(ebpfi_replay(s, "packet", packets(1000, 1), &opts), 0);
	ck_assert_uint_eq(seen.bytes, 24 + 1000 * 76);
	ck_assert_uint_eq(seen.total, seen.bytes);
	ck_assert_uint_ge(seen.calls, 10);
	ck_assert_uint_le(seen.calls, 12);
}
END_TEST

START_TEST(progress_callback_can_stop_the_replay)
{
	struct ebpfi_replay_opts opts = with_progress(7600);

	seen.stop_at = 3;
	ck_assert_int_eq(ebpfi_replay(s, "packet", packets(1000, 1), &opts), -ECANCELED);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "was stopped"));
	ck_assert_uint_eq(seen.calls, 3);
	ck_assert_uint_gt(events, 100);
	ck_assert_uint_lt(events, 400);
}
END_TEST

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t replay_at(uint32_t speed, const char *path)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .speed = speed };
	uint64_t start = now_ms();

	ck_assert_int_eq(ebpfi_replay(s, "packet", path, &opts), 0);
	return now_ms() - start;
}

START_TEST(replay_speed_scales_the_duration_of_the_capture)
{
	const char *path = packets(5, 50000); /* 200 ms */

	ck_assert_uint_ge(replay_at(100, path), 199);
	ck_assert_uint_ge(replay_at(400, path), 49);
	ck_assert_uint_ge(replay_at(50, path), 399);
	ck_assert_uint_eq(events, 15);
}
END_TEST

static void *break_it(void *session)
{
	ebpfi_break(session);
	return NULL;
}

START_TEST(break_ends_the_wait_for_the_next_packet)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .speed = 100 };
	const char *path = packets(2, 3600000000);
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, break_it, s), 0);
	ck_assert_int_eq(ebpfi_replay(s, "packet", path, &opts), -ECANCELED);
	pthread_join(thread, NULL);
	ck_assert_uint_le(events, 1);
}
END_TEST

static const char *make_fifo(void)
{
	static char path[] = "/tmp/ebpfi-fifo-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	return path;
}

START_TEST(break_ends_the_wait_for_the_writer_of_a_fifo)
{
	const char *path = make_fifo();
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, break_it, s), 0);
	ck_assert_int_eq(ebpfi_replay(s, "packet", path, NULL), -ECANCELED);
	pthread_join(thread, NULL);
	unlink(path);
}
END_TEST

static void *write_capture(void *path)
{
	struct bytes b = { 0 };
	int fd = open(path, O_WRONLY);

	pcap_begin(&b, 1);
	pcap_add(&b, 1, frame, sizeof(frame));
	ck_assert_int_eq(write(fd, b.at, b.size), (ssize_t)b.size);
	free(b.at);
	close(fd);
	return NULL;
}

START_TEST(fifo_is_read_when_a_writer_opens_it)
{
	const char *path = make_fifo();
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, write_capture, (void *)path), 0);
	ck_assert_int_eq(ebpfi_replay(s, "packet", path, NULL), 0);
	pthread_join(thread, NULL);
	unlink(path);
	ck_assert_uint_eq(events, 1);
}
END_TEST

static int expect_ten_bytes(void *ctx, const struct ebpfi_event *event)
{
	ck_assert_uint_eq(((const struct ebpfi_packet *)event)->data_len, 10);
	return count(ctx, event);
}

/* A pcapng file with an interface of each link type, and a packet on each. */
static const char *packet_of_each_link(const uint16_t *links, uint16_t n)
{
	struct bytes b = { 0 };
	const char *path;
	uint16_t i;

	put(&b, "\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0\377\377\377\377\377\377\377\377\x1c\0\0\0", 28);
	for (i = 0; i < n; i++) {
		put32(&b, PCAPNG_INTERFACE);
		put32(&b, 20);
		put32(&b, links[i]);
		put32(&b, 0);
		put32(&b, 20);
	}
	for (i = 0; i < n; i++) {
		put32(&b, PCAPNG_PACKET);
		put32(&b, 32 + sizeof(frame));
		put32(&b, i);
		put64(&b, 0);
		put32(&b, sizeof(frame));
		put32(&b, sizeof(frame));
		put(&b, frame, sizeof(frame));
		put32(&b, 32 + sizeof(frame));
	}
	path = file_of(&b, b.size);
	free(b.at);
	return path;
}

START_TEST(packet_of_an_unknown_link_type_is_skipped_and_counted)
{
	struct ebpfi_replay_info info = { .sz = sizeof(info) };

	ck_assert_int_eq(ebpfi_set_filter(s, "packet", "udp"), 0);
	ck_assert_int_eq(ebpfi_replay(s, "packet", packet_of_each_link((const uint16_t[]){ 1, 105, 1 }, 3), NULL), 0);
	ck_assert_int_eq(ebpfi_replay_info(s, &info), 0);
	ck_assert_uint_eq(info.packets, 3);
	ck_assert_uint_eq(info.skipped, 1);
	ck_assert_uint_eq(events, 2);
}
END_TEST

START_TEST(capture_of_unknown_link_types_is_refused_with_the_number)
{
	ck_assert_int_eq(ebpfi_replay(s, "packet", packet_of_each_link((const uint16_t[]){ 105, 105 }, 2), NULL),
			 -EPROTONOSUPPORT);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "link type 105 (IEEE802_11) "));
	ck_assert_uint_eq(events, 0);
}
END_TEST

START_TEST(filter_set_before_load_takes_effect)
{
	static const struct ebpfi_option snaplen[] = { { "snaplen", 10 }, { 0 } };
	struct ebpfi_load_opts opts = { .sz = sizeof(opts), .options = snaplen };
	struct ebpfi *own = ebpfi_new(expect_ten_bytes, NULL, NULL);

	ck_assert_int_eq(ebpfi_set_filter(own, "packet", "tcp"), 0);
	ck_assert_int_eq(ebpfi_load(own, "packet", &opts), 0);
	ck_assert_int_eq(ebpfi_replay(own, "packet", packets(3, 1), NULL), 0);
	ck_assert_uint_eq(events, 0);
	ck_assert_int_eq(ebpfi_set_filter(own, "packet", "udp"), 0);
	ck_assert_int_eq(ebpfi_replay(own, "packet", packets(3, 1), NULL), 0);
	ck_assert_uint_eq(events, 3);
	ebpfi_free(own);
}
END_TEST

START_TEST(load_after_a_replay_is_refused_with_the_right_order)
{
	ck_assert_int_eq(ebpfi_set_filter(s, "packet", "udp"), 0);
	ck_assert_int_eq(ebpfi_replay(s, "packet", packets(3, 1), NULL), 0);
	ck_assert_int_eq(ebpfi_load(s, "packet", NULL), -EALREADY);
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "call ebpfi_load() before it is attached or replayed"));
}
END_TEST

START_TEST(backward_time_causes_no_wait)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .speed = 100 };
	struct bytes b = { 0 };

	pcap_begin(&b, 1);
	pcap_add(&b, 9000000000, frame, sizeof(frame));
	pcap_add(&b, 1, frame, sizeof(frame));
	pcap_add(&b, 9000000000, frame, sizeof(frame));
	ck_assert_int_eq(ebpfi_replay(s, "packet", file_of(&b, b.size), &opts), 0);
	ck_assert_uint_eq(events, 3);
	free(b.at);
}
END_TEST

START_TEST(info_describes_the_last_replay)
{
	struct ebpfi_replay_info info = { .sz = sizeof(info) };

	ck_assert_int_eq(ebpfi_replay_info(s, &info), 0);
	ck_assert_uint_eq(info.packets, 0);
	ck_assert_int_eq(ebpfi_replay(s, "packet", packets(7, 1), NULL), 0);
	ck_assert_int_eq(ebpfi_replay(s, "packet", packets(5, 1), NULL), 0);
	ck_assert_int_eq(ebpfi_replay_info(s, &info), 0);
	ck_assert_uint_eq(info.packets, 5);
	info.sz = 0;
	ck_assert_int_eq(ebpfi_replay_info(s, &info), -EINVAL);
}
END_TEST

START_TEST(options_out_of_their_range_are_refused)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .backend = (enum ebpfi_backend)2 };

	ck_assert_int_eq(ebpfi_replay(s, "packet", packets(1, 1), &opts), -EINVAL);
	opts.backend = EBPFI_BACKEND_NATIVE;
	opts.hook = (enum ebpfi_hook)77;
	ck_assert_int_eq(ebpfi_replay(s, "packet", packets(1, 1), &opts), -EINVAL);
	ck_assert_uint_eq(events, 0);
}
END_TEST

START_TEST(corrupt_capture_is_reported_with_path_and_offset_after_its_packets)
{
	struct bytes b = { 0 };
	char expected[256];
	const char *path;

	pcap_begin(&b, 1);
	pcap_add(&b, 1, frame, sizeof(frame));
	pcap_add(&b, 2, frame, sizeof(frame));
	path = file_of(&b, b.size - 1);
	ck_assert_int_eq(ebpfi_replay(s, "packet", path, NULL), -EBADMSG);
	ck_assert_uint_eq(events, 1);
	snprintf(expected, sizeof(expected), "%s is cut off at byte 175: a packet that begins at byte 100 ends after it", path);
	ck_assert_str_eq(ebpfi_errmsg(s), expected);
	free(b.at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		progress_is_reported_per_interval_and_at_the_end,
		progress_callback_can_stop_the_replay,
		replay_speed_scales_the_duration_of_the_capture,
		break_ends_the_wait_for_the_next_packet,
		break_ends_the_wait_for_the_writer_of_a_fifo,
		fifo_is_read_when_a_writer_opens_it,
		packet_of_an_unknown_link_type_is_skipped_and_counted,
		capture_of_unknown_link_types_is_refused_with_the_number,
		filter_set_before_load_takes_effect,
		load_after_a_replay_is_refused_with_the_right_order,
		backward_time_causes_no_wait,
		info_describes_the_last_replay,
		options_out_of_their_range_are_refused,
		corrupt_capture_is_reported_with_path_and_offset_after_its_packets,
	};

	return RUN_TESTS("replay", setup, tests);
}
