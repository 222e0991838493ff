/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Packets of which only the first bytes are in the linear part, as drivers with header split and large sends make them: at tc and at
 * XDP filters match as pcap_offline_filter() does, wherever the linear part ends, also within a load. EBPFI_FILTER_STRIDE=N uses only
 * each N-th expression.
 */
#include <ebpfinspect/ebpfinspect.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "expressions.h"
#include "filter_compile.h"
#include "lab.h"
#include "oracle.h"
#include "runner.h"
#include "verdicts.h"

enum { ETHERNET = 1, FRAMES = 16, FRAME_SIZE = 5000, FRAMES_AT_TC = 4 };

/* Offsets at and within the fields that filters read, and beyond them. */
static const uint32_t linear_sizes[] = { 14, 15, 18, 20, 23, 24, 26, 28, 29, 34, 35, 36,
					 38, 41, 42, 46, 47, 48, 54, 57, 58, 66, 74, 100 };

enum { SIZES = sizeof(linear_sizes) / sizeof(linear_sizes[0]) };

static struct packet frames[FRAMES];
static uint8_t bytes[FRAMES][FRAME_SIZE];

/* The kernel removes tags at tc (parity/filter_tags.c). */
static bool is_plain(const struct packet *p)
{
	uint16_t type = p->len >= 38 ? (uint16_t)(p->data[12] << 8 | p->data[13]) : 0x8100;

	return p->link == ETHERNET && p->len <= FRAME_SIZE && type != 0x8100 && type != 0x88a8 && type != 0x9100;
}

/* Only long packets get a part that is not linear, so the frames are padded. */
static void make_frames(void)
{
	uint64_t seed = 11;
	const struct packet *p;
	size_t i, n = 0, at;

	for (i = 0; n < FRAMES && (p = packet_at(i)); i += 131) {
		if (!is_plain(p))
			continue;
		memcpy(bytes[n], p->data, p->len);
		for (at = p->len; at < FRAME_SIZE; at++)
			bytes[n][at] = (uint8_t)random_next(&seed);
		frames[n] = (struct packet){ bytes[n], FRAME_SIZE, FRAME_SIZE, ETHERNET, p->file, p->number };
		n++;
	}
	ck_assert_uint_eq(n, FRAMES);
}

struct batch {
	uint32_t n;
	const char *expressions[BATCH_MAX];
	struct oracle *oracles[BATCH_MAX];
	struct cbpf programs[BATCH_MAX];
};

static void fill_batch(struct batch *b, int first)
{
	const char *words = "";
	char why[512];
	int i;

	b->n = 0;
	for (i = first; i < first + BATCH_MAX && expression_at(i); i++) {
		b->oracles[b->n] = oracle_new(expression_at(i), ETHERNET, &words);
		if (!b->oracles[b->n])
			continue;
		ck_assert_int_eq(filter_compile(expression_at(i), ETHERNET, &b->programs[b->n], why, sizeof(why)), 0);
		b->expressions[b->n++] = expression_at(i);
	}
}

static void free_batch(struct batch *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		oracle_free(b->oracles[i]);
		free(b->programs[i].insns);
	}
}

static void expect(const char *expression, const struct packet *p, uint64_t linear, bool expected, bool got)
{
	if (expected != got)
		ck_abort_msg("\"%s\", %s packet %u, %u bytes linear: libpcap says %d, we %d", expression, p->file, p->number,
			     (unsigned int)linear, expected, got);
}

static void compare_at_xdp(const struct batch *b, int program, const struct packet *p)
{
	uint32_t i, j, bits;

	for (i = 0; i < SIZES; i++) {
		if (!verdicts_run_linear(program, p, linear_sizes[i], &bits))
			ck_abort_msg("XDP takes no packet with %u linear bytes", linear_sizes[i]);
		for (j = 0; j < b->n; j++)
			expect(b->expressions[j], p, linear_sizes[i], oracle_matches(b->oracles[j], p, p->len), bits >> j & 1);
	}
}

START_TEST(filters_at_xdp_match_wherever_the_linear_part_ends)
{
	struct cbpf_target xdp = { CBPF_XDP, true };
	struct batch b;
	uint32_t i, bits;
	int program;

	make_frames();
	fill_batch(&b, _i * BATCH_MAX);
	program = verdicts_load(b.programs, b.n, &xdp);
	if (verdicts_run_linear(program, &frames[0], linear_sizes[0], &bits))
		for (i = 0; i < FRAMES; i++)
			compare_at_xdp(&b, program, &frames[i]);
	else if (!_i)
		puts("SKIP: this kernel cannot run an XDP program on a packet with a short linear part (Linux 6.18 can)");
	close(program);
	free_batch(&b);
}
END_TEST

/* The kernel puts `hdr_len` bytes into the linear part. */
static int open_sender(const char *interface)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
	int on = 1, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), 0);
	return fd;
}

static void send_frame(int sender, const struct packet *p, uint32_t linear)
{
	struct virtio_net_hdr head = { .hdr_len = (uint16_t)linear };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)p->data, p->len } };

	ck_assert_int_eq(writev(sender, parts, 2), (ssize_t)(sizeof(head) + p->len));
}

/* As in kernel/bpf/linear.bpf.c. */
struct seen {
	uint64_t packets, linear, matched;
};

static struct seen seen_after(struct ebpfi *s, uint32_t egress, uint64_t packets)
{
	struct seen seen = { 0 };
	int turns = 0;

	do
		ck_assert_msg(!ebpfi_map_lookup(s, "mine.seen", &egress, sizeof(egress), &seen, sizeof(seen)), "%s",
			      ebpfi_errmsg(s));
	while (seen.packets < packets && turns++ < 1000000 && !sched_yield());
	ck_assert_uint_eq(seen.packets, packets);
	return seen;
}

static void attach(struct ebpfi *s, const char *interface, enum ebpfi_hook hook)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook };

	ck_assert_msg(ebpfi_attach(s, "mine", interface, &opts) > 0, "%s", ebpfi_errmsg(s));
}

static void compare_at_tc(struct ebpfi *s, int sender, const struct batch *b, uint32_t which, uint64_t *packets)
{
	uint32_t i, j, egress;
	struct seen seen;

	for (i = which % FRAMES_AT_TC; i < FRAMES; i += FRAMES / FRAMES_AT_TC)
		for (j = 0; j < SIZES; j++) {
			send_frame(sender, &frames[i], linear_sizes[j]);
			++*packets;
			for (egress = 0; egress < 2; egress++) {
				seen = seen_after(s, egress, *packets);
				ck_assert_uint_eq(seen.linear, linear_sizes[j]);
				expect(b->expressions[which], &frames[i], seen.linear,
				       oracle_matches(b->oracles[which], &frames[i], FRAME_SIZE), seen.matched);
			}
		}
}

START_TEST(filters_at_tc_match_wherever_the_linear_part_ends)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	uint64_t packets = 0;
	struct batch b;
	uint32_t i;
	int sender;

	make_frames();
	fill_batch(&b, _i * BATCH_MAX);
	lab_veth("veth0", "veth1");
	lab_run("ip link set veth0 mtu 9000 && ip link set veth1 mtu 9000");
	ck_assert_msg(!ebpfi_load_file(s, "mine", TEST_OBJECTS "/linear.o", NULL), "%s", ebpfi_errmsg(s));
	attach(s, "veth0", EBPFI_HOOK_TC_EGRESS);
	attach(s, "veth1", EBPFI_HOOK_TC);
	sender = open_sender("veth0");
	for (i = 0; i < b.n; i++) {
		ck_assert_msg(!ebpfi_set_filter(s, "mine", b.expressions[i]), "%s", ebpfi_errmsg(s));
		compare_at_tc(s, sender, &b, i, &packets);
	}
	close(sender);
	free_batch(&b);
	ebpfi_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		filters_at_xdp_match_wherever_the_linear_part_ends,
		filters_at_tc_match_wherever_the_linear_part_ends,
	};
	const char *stride = getenv("EBPFI_FILTER_STRIDE");
	int n = expressions_read(stride ? atoi(stride) : 1);

	lab_require();
	packets_load(1);
	return run_tests("filter_linear", lab_setup, tests, 2, (n + BATCH_MAX - 1) / BATCH_MAX);
}
