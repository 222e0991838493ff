/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "module.h"
#include "runner.h"

enum { INTERFACE = 1, STATISTICS = 5, PACKET = 6 };

static char directory[] = "/tmp/pcapng.XXXXXX", path[64];
static struct ebpfi *s;

static struct event {
	struct ebpfi_packet packet;
	char data[64];
} event = {
	.packet = {
		.event = { sizeof(event.packet) + 5, EBPFI_EVENT_PACKET, EBPFI_HOOK_XDP, EBPFI_DIRECTION_INGRESS, 1500000000000000001, 0, 0, { 0 } },
		.packet_len = 60,
		.data_len = 5,
		.data_offset = sizeof(struct ebpfi_packet),
		.link_type = 1,
	},
	.data = "hello",
};

static void cleanup(void)
{
	char command[128];

	ebpfi_free(s);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	if (system(command))
		fprintf(stderr, "%s failed\n", command);
}

/* The test's process removes its files, even if the test fails. */
static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/out.pcapng", directory);
	s = ebpfi_new(NULL, NULL, NULL);
	ck_assert_int_eq(atexit(cleanup), 0);
	ck_assert_int_eq(ebpfi_load(s, "packet", NULL), 0);
}

static struct ebpfi_pcapng *open_file(const char *name, const struct ebpfi_pcapng_opts *opts)
{
	struct ebpfi_pcapng *w = ebpfi_pcapng_open(s, name, opts);

	ck_assert_msg(w != NULL, "%s", ebpfi_errmsg(s));
	return w;
}

static int write_event(struct ebpfi_pcapng *w)
{
	return ebpfi_pcapng_write(w, &event.packet.event);
}

static unsigned int count_packets(const char *name)
{
	char why[512] = "";
	struct frame f;
	unsigned int n = 0;
	int got, err;
	struct capture *c = capture_open(name, -1, &err, why, sizeof(why));

	ck_assert_msg(c != NULL, "%s %s", name, why);
	while ((got = capture_next(c, &f)) > 0)
		n++;
	ck_assert_msg(!got, "%s %s", name, capture_why(c));
	capture_close(c);
	return n;
}

/* The value of an option in the n-th block of a type; its length is in `len`. */
static const unsigned char *find_option(uint32_t type, int n, uint16_t code, uint16_t *len)
{
	static unsigned char file[65536];
	uint32_t *block = (uint32_t *)file;
	unsigned char *at, *end;
	int fd = open(path, O_RDONLY);
	ssize_t size = read(fd, file, sizeof(file));

	close(fd);
	ck_assert_int_gt(size, 0);
	while ((unsigned char *)block < file + size && (block[0] != type || n--))
		block = (uint32_t *)((unsigned char *)block + block[1]);
	ck_assert_msg((unsigned char *)block < file + size, "no block of type %u", type);
	at = (unsigned char *)block + (type == PACKET ? 28 + (block[5] + 3) / 4 * 4 : type == INTERFACE ? 16 : 20);
	end = (unsigned char *)block + block[1] - 4;
	for (; at < end; at += 4 + (*len + 3) / 4 * 4) {
		memcpy(len, at + 2, 2);
		if (!memcmp(at, &code, 2))
			return at + 4;
	}
	return NULL;
}

START_TEST(packet_survives_writing_and_reading)
{
	struct ebpfi_pcapng *w = open_file(path, NULL);
	char why[512];
	struct capture *c;
	struct frame f;
	int err;

	s->replay_interface = "eth7";
	ck_assert_int_eq(write_event(w), 1);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	c = capture_open(path, -1, &err, why, sizeof(why));
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.time_ns, 1500000000000000001);
	ck_assert_uint_eq(f.len, 5);
	ck_assert_uint_eq(f.wire_len, 60);
	ck_assert_mem_eq(f.data, "hello", 5);
	ck_assert_str_eq(f.interface, "eth7");
	ck_assert_int_eq(f.direction, EBPFI_DIRECTION_INGRESS);
	ck_assert_int_eq(capture_next(c, &f), 0);
	capture_close(c);
}
END_TEST

START_TEST(only_the_owner_can_access_a_file)
{
	struct stat st;

	ck_assert_int_eq(ebpfi_pcapng_close(open_file(path, NULL)), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq(count_packets(path), 0);
}
END_TEST

START_TEST(each_interface_and_link_type_is_described_once)
{
	struct ebpfi_pcapng *w = open_file(path, NULL);
	const char *const names[] = { "a", "b", "a", "b" };
	uint16_t len;
	int i;

	for (i = 0; i < 8; i++) {
		s->replay_interface = names[i % 4];
		event.packet.link_type = i < 4 ? 1 : 101;
		ck_assert_int_eq(write_event(w), 1);
	}
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	ck_assert_mem_eq(find_option(INTERFACE, 3, 2, &len), "b", 1);
	ck_assert_uint_eq(len, 1);
	ck_assert_uint_eq(*find_option(INTERFACE, 3, 9, &len), 9);
	ck_assert_uint_eq(*find_option(STATISTICS, 3, 8, &len), 2);
	ck_assert_uint_eq(count_packets(path), 8);
}
END_TEST

static void assert_verdict(int n, uint8_t kind, int64_t verdict)
{
	uint16_t len;
	const unsigned char *value = find_option(PACKET, n, 7, &len);

	ck_assert_ptr_nonnull(value);
	ck_assert_uint_eq(len, 9);
	ck_assert_uint_eq(*value, kind);
	ck_assert_mem_eq(value + 1, &verdict, 8);
}

START_TEST(verdict_option_holds_the_return_value)
{
	struct ebpfi_pcapng *w = open_file(path, NULL);
	uint16_t len;

	write_event(w);
	event.packet.event.verdict = EBPFI_VERDICT_DROP;
	write_event(w);
	event.packet.event.hook = EBPFI_HOOK_TC;
	write_event(w);
	event.packet.event.verdict = EBPFI_VERDICT_PASS;
	event.packet.event.hook = EBPFI_HOOK_TC_EGRESS;
	write_event(w);
	event.packet.event.hook = EBPFI_HOOK_SOCKET;
	write_event(w);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	assert_verdict(0, 2, 2);  /* XDP_PASS */
	assert_verdict(1, 2, 1);  /* XDP_DROP */
	assert_verdict(2, 1, 2);  /* TC_ACT_SHOT */
	assert_verdict(3, 1, -1); /* TC_ACT_UNSPEC */
	ck_assert_ptr_null(find_option(PACKET, 4, 7, &len));
}
END_TEST

START_TEST(comment_names_inspector_and_verdict_and_is_optional)
{
	struct ebpfi_pcapng *w = open_file(path, NULL);
	const unsigned char *comment;
	uint16_t len;

	write_event(w);
	event.packet.event.verdict = EBPFI_VERDICT_DROP;
	event.packet.flags = EBPFI_PACKET_MALFORMED | EBPFI_PACKET_TRUNCATED;
	write_event(w);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	ck_assert_ptr_null(find_option(PACKET, 0, 1, &len));
	comment = find_option(PACKET, 1, 1, &len);
	ck_assert_ptr_nonnull(comment);
	ck_assert_uint_eq(len, strlen("packet: drop, malformed, truncated"));
	ck_assert_mem_eq(comment, "packet: drop, malformed, truncated", len);
}
END_TEST

START_TEST(losses_are_written_with_the_next_packet)
{
	struct ebpfi_pcapng *w = open_file(path, NULL);
	struct module *m = module_find(s, "packet");
	const unsigned char *dropped;
	uint16_t len;

	m->replayed.lost_ring = 3; /* before the file was opened */
	write_event(w);
	m->replayed.lost_ring = 5;
	m->replayed.lost_map = 5;
	event.packet.event.time_ns += 1000000000;
	write_event(w);
	event.packet.event.time_ns += 1000000000;
	write_event(w);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	ck_assert_ptr_null(find_option(PACKET, 0, 4, &len));
	dropped = find_option(PACKET, 1, 4, &len);
	ck_assert_ptr_nonnull(dropped);
	ck_assert_uint_eq(len, 8);
	ck_assert_uint_eq(*dropped, 7);
	ck_assert_ptr_null(find_option(PACKET, 2, 4, &len));
}
END_TEST

static unsigned int count_file(unsigned int number)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/out_%05u.pcapng", directory, number);
	return access(name, F_OK) ? 0 : count_packets(name);
}

START_TEST(files_are_rotated_by_the_time_of_their_packets)
{
	struct ebpfi_pcapng_opts opts = { .sz = sizeof(opts), .rotate_seconds = 10 };
	struct ebpfi_pcapng *w = open_file(path, &opts);
	int i;

	for (i = 0; i < 25; i++) {
		ck_assert_int_eq(write_event(w), 1);
		event.packet.event.time_ns += 1000000000;
	}
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	ck_assert_uint_eq(count_file(1), 10);
	ck_assert_uint_eq(count_file(2), 10);
	ck_assert_uint_eq(count_file(3), 5);
}
END_TEST

START_TEST(files_are_rotated_before_they_get_too_large)
{
	struct ebpfi_pcapng_opts opts = { .sz = sizeof(opts), .rotate_bytes = 2000 };
	struct ebpfi_pcapng *w = open_file(path, &opts);
	unsigned int i, n, sum = 0;

	for (i = 0; i < 100; i++)
		ck_assert_int_eq(write_event(w), 1);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	for (i = 1; (n = count_file(i)); i++)
		sum += n;
	ck_assert_uint_eq(sum, 100);
	ck_assert_uint_gt(i, 3);
}
END_TEST

START_TEST(crash_keeps_all_written_blocks)
{
	pid_t child = fork();
	int status, i;

	if (!child) {
		struct ebpfi_pcapng *w = ebpfi_pcapng_open(s, path, NULL);

		for (i = 0; i < 7; i++)
			write_event(w);
		_exit(9);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_uint_eq(count_packets(path), 7);
}
END_TEST

START_TEST(full_disk_is_reported_and_ends_writing)
{
	struct ebpfi_pcapng *w;

	ck_assert_ptr_null(ebpfi_pcapng_open(s, "/dev/full", NULL));
	ck_assert_ptr_nonnull(strstr(ebpfi_errmsg(s), "/dev/full: No space left on device"));
	w = open_file(path, NULL);
	ck_assert_int_eq(write_event(w), 1);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
}
END_TEST

START_TEST(failed_file_creation_is_reported)
{
	ck_assert_ptr_null(ebpfi_pcapng_open(s, "/nowhere/out.pcapng", NULL));
	ck_assert_str_eq(ebpfi_errmsg(s), "cannot create /nowhere/out.pcapng: No such file or directory");
}
END_TEST

START_TEST(other_events_are_skipped)
{
	struct ebpfi_pcapng *w = open_file(path, NULL);

	event.packet.event.kind = 0xffff;
	ck_assert_int_eq(write_event(w), 0);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	ck_assert_uint_eq(count_packets(path), 0);
}
END_TEST

START_TEST(session_closes_open_files)
{
	struct ebpfi *other = ebpfi_new(NULL, NULL, NULL);
	struct ebpfi_pcapng *w = ebpfi_pcapng_open(other, path, NULL);

	ck_assert_int_eq(ebpfi_pcapng_write(w, &event.packet.event), 1);
	ebpfi_free(other);
	ck_assert_uint_eq(count_packets(path), 1);
}
END_TEST

/* Sets the packet that is written next. */
static void set_packet(uint16_t link, const void *data, uint32_t size)
{
	event.packet.link_type = link;
	event.packet.data_len = size;
	event.packet.packet_len = size + 100;
	memcpy(event.data, data, size);
}

static void assert_reads_cooked(struct capture *c, const void *header, const void *data, uint32_t size)
{
	struct frame f;

	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.link, 276);
	ck_assert_uint_eq(f.len, 20 + size);
	ck_assert_uint_eq(f.wire_len, 20 + size + 100);
	ck_assert_mem_eq(f.data, header, 20);
	ck_assert_mem_eq(f.data + 20, data, size);
}

START_TEST(cooked_file_has_one_link_type_for_ethernet_and_ip)
{
	static const uint8_t tagged[20] = { 1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 7, 0x81, 0, 0, 5, 8, 0, 0x45, 0 };
	static const uint8_t llc[17] = { 2, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 7, 0, 38, 0x42, 0x42, 3 };
	static const uint8_t ip6[4] = { 0x60 };
	struct ebpfi_pcapng_opts opts = { .sz = sizeof(opts), .cooked = 1 };
	struct ebpfi_pcapng *w = open_file(path, &opts);
	struct capture *c;
	char why[512];
	int err;

	event.packet.event.ifindex = 258;
	memcpy(event.packet.eth_dst, tagged, 6);
	memcpy(event.packet.eth_src, tagged + 6, 6);
	set_packet(1, tagged, sizeof(tagged));
	ck_assert_int_eq(write_event(w), 1);
	event.packet.event.direction = EBPFI_DIRECTION_EGRESS;
	set_packet(1, llc, sizeof(llc));
	ck_assert_int_eq(write_event(w), 1);
	memset(event.packet.eth_src, 0, 6);
	memset(event.packet.eth_dst, 0, 6);
	set_packet(101, ip6, sizeof(ip6));
	ck_assert_int_eq(write_event(w), 1);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	c = capture_open(path, -1, &err, why, sizeof(why));
	assert_reads_cooked(c, "\x81\0\0\0\0\0\1\2\0\1\2\6\2\0\0\0\0\7\0\0", tagged + 14, 6);
	assert_reads_cooked(c, "\0\4\0\0\0\0\1\2\0\1\4\6\2\0\0\0\0\7\0\0", llc + 14, 3);
	assert_reads_cooked(c, "\x86\xdd\0\0\0\0\1\2\xff\xfe\4\0\0\0\0\0\0\0\0\0", ip6, 4);
	capture_close(c);
}
END_TEST

START_TEST(cooked_packet_without_data_has_its_header_and_lengths)
{
	struct ebpfi_pcapng_opts opts = { .sz = sizeof(opts), .cooked = 1 };
	struct ebpfi_pcapng *w = open_file(path, &opts);
	struct capture *c;
	struct frame f;
	char why[512];
	int err;

	event.packet.ethertype = 0x800;
	event.packet.data_len = 0;
	event.packet.packet_len = 60;
	ck_assert_int_eq(write_event(w), 1);
	ck_assert_int_eq(ebpfi_pcapng_close(w), 0);
	c = capture_open(path, -1, &err, why, sizeof(why));
	ck_assert_int_eq(capture_next(c, &f), 1);
	ck_assert_uint_eq(f.len, 20);
	ck_assert_uint_eq(f.wire_len, 66);
	ck_assert_mem_eq(f.data, "\x08\0", 2);
	capture_close(c);
	opts.cooked = 2;
	ck_assert_ptr_null(ebpfi_pcapng_open(s, path, &opts));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		packet_survives_writing_and_reading,
		only_the_owner_can_access_a_file,
		each_interface_and_link_type_is_described_once,
		verdict_option_holds_the_return_value,
		comment_names_inspector_and_verdict_and_is_optional,
		losses_are_written_with_the_next_packet,
		files_are_rotated_by_the_time_of_their_packets,
		files_are_rotated_before_they_get_too_large,
		crash_keeps_all_written_blocks,
		full_disk_is_reported_and_ends_writing,
		failed_file_creation_is_reported,
		other_events_are_skipped,
		session_closes_open_files,
		cooked_file_has_one_link_type_for_ethernet_and_ip,
		cooked_packet_without_data_has_its_header_and_lengths,
	};

	return RUN_TESTS("pcapng_writer", setup, tests);
}
