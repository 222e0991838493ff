/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The order in which a capture's segments are handed on. */
#include "reorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "link_type.h"
#include "segments.h"

enum { TAKEN = 26, US = 1000, SIZE = 100 };

static struct {
	uint8_t bytes[FRAME_MAX];
	uint32_t size;
} taken[TAKEN]; /* the segments as they were sent: a, b, c ... */
static unsigned int count;

static char handed[1 << 10]; /* the letters of the frames that were handed on */
static struct reorder *r;
static struct segments to;
static uint64_t now;
static uint16_t link_type;
static uint32_t headers; /* bytes of the Ethernet header that this link type does not have */

static void take(void *ctx, const void *frame, size_t size)
{
	(void)ctx;
	ck_assert_uint_lt(count, TAKEN);
	memcpy(taken[count].bytes, frame, size);
	taken[count++].size = (uint32_t)size;
}

static int hand_on(void *ctx, const struct frame *frame)
{
	size_t end = strlen(handed);
	unsigned int i = (unsigned int)frame->offset;

	(void)ctx;
	ck_assert_uint_eq(frame->len, taken[i].size - headers);
	ck_assert_int_eq(memcmp(frame->data, taken[i].bytes + headers, frame->len), 0);
	ck_assert_uint_lt(end, sizeof(handed) - 1);
	handed[end] = (char)('a' + i);
	return 0;
}

static void start(bool tunnels)
{
	reorder_free(r);
	r = reorder_new(tunnels, hand_on, NULL);
	ck_assert_ptr_nonnull(r);
	to = (struct segments){ .fn = take, .client_port = 40000, .server_port = 80 };
	count = 0;
	now = 1000000000000;
	link_type = LINK_ETHERNET;
	headers = 0;
}

static void setup(void)
{
	start(false);
}

/* Each frame is 0.1 ms later. The copy is freed, so that a sanitizer reports whoever keeps a pointer to it. */
static void capture_one(unsigned int i)
{
	struct frame frame = { .len = taken[i].size - headers, .wire_len = taken[i].size - headers, .link = link_type };
	uint8_t *copy = malloc(frame.len);

	memcpy(copy, taken[i].bytes + headers, frame.len);
	frame.data = copy;
	frame.offset = i;
	frame.time_ns = now += 100 * US;
	ck_assert_int_eq(reorder_add(r, &frame), 0);
	free(copy);
}

/* Records the segments in this order. */
static const char *capture(const char *order)
{
	memset(handed, 0, sizeof(handed));
	for (; *order; order++)
		capture_one((unsigned int)(*order - 'a'));
	return handed;
}

static const char *finish(void)
{
	ck_assert_int_eq(reorder_flush(r), 0);
	return handed;
}

static void say(int from)
{
	static const char bytes[SIZE];

	segments_say(&to, from, ACK | PSH, bytes, SIZE);
}

/* a, b, c: the handshake. */
static void handshake(void)
{
	segments_open(&to, 1000, 5000);
	ck_assert_str_eq(capture("abc"), "abc");
}

/* d, e: a request of two segments; f: its response; g: the next request. */
static void talk(void)
{
	handshake();
	say(CLIENT);
	say(CLIENT);
	say(SERVER);
	say(CLIENT);
}

START_TEST(segments_in_order_pass_at_once)
{
	talk();
	ck_assert_str_eq(capture("d"), "d");
	ck_assert_str_eq(capture("e"), "e");
	ck_assert_str_eq(capture("f"), "f");
	ck_assert_str_eq(capture("g"), "g");
	ck_assert_uint_eq(reorder_moved(r), 0);
}
END_TEST

START_TEST(swapped_segments_are_swapped_back)
{
	talk();
	ck_assert_str_eq(capture("e"), "");
	ck_assert_str_eq(capture("d"), "de");
	ck_assert_uint_eq(reorder_moved(r), 1);
	ck_assert_str_eq(capture("fg"), "fg");
}
END_TEST

START_TEST(segments_in_reverse_order_are_turned_round)
{
	talk();
	ck_assert_str_eq(capture("gfe"), "");
	ck_assert_str_eq(capture("d"), "defg");
	ck_assert_uint_eq(reorder_moved(r), 3);
}
END_TEST

START_TEST(response_waits_for_the_request_that_it_acknowledges)
{
	talk();
	ck_assert_str_eq(capture("df"), "d");
	ck_assert_str_eq(capture("e"), "ef");
	ck_assert_uint_eq(reorder_moved(r), 1);
}
END_TEST

START_TEST(next_request_waits_for_the_response_that_it_acknowledges)
{
	talk();
	ck_assert_str_eq(capture("deg"), "de");
	ck_assert_str_eq(capture("f"), "fg");
}
END_TEST

START_TEST(syn_ack_and_what_follows_wait_for_the_syn)
{
	segments_open(&to, 1000, 5000);
	say(SERVER);
	say(CLIENT);
	ck_assert_str_eq(capture("bd"), "");
	ck_assert_str_eq(capture("a"), "abd");
	ck_assert_str_eq(capture("ce"), "ce");
}
END_TEST

START_TEST(every_order_after_the_handshake_is_repaired)
{
	static const char *const orders[] = { "defg", "degf", "dfeg", "dfge", "dgef", "dgfe", "edfg", "edgf",
					      "efdg", "efgd", "egdf", "egfd", "fdeg", "fdge", "fedg", "fegd",
					      "fgde", "fged", "gdef", "gdfe", "gedf", "gefd", "gfde", "gfed" };
	unsigned int i;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		start(false);
		talk();
		ck_assert_msg(!strcmp(capture(orders[i]), "defg"), "%s became %s", orders[i], handed);
	}
}
END_TEST

START_TEST(lost_segment_delays_the_next_ones_by_the_window)
{
	talk();
	ck_assert_str_eq(capture("e"), "");
	now += REORDER_NS - 200 * US;
	ck_assert_str_eq(capture("f"), "");
	now += 200 * US;
	ck_assert_str_eq(capture("g"), "efg");
	ck_assert_uint_eq(reorder_moved(r), 0);
	ck_assert_str_eq(capture("d"), "d"); /* it came too late, but it comes */
}
END_TEST

START_TEST(acknowledged_segment_behind_a_lost_one_comes_before_its_ack)
{
	talk();
	say(SERVER); /* h */
	say(CLIENT); /* i */
	ck_assert_str_eq(capture("degih"), "de");
	ck_assert_str_eq(finish(), "deghi");
}
END_TEST

START_TEST(segments_behind_a_lost_one_are_ordered_too)
{
	talk();
	ck_assert_str_eq(capture("gfe"), "");
	ck_assert_str_eq(finish(), "efg");
	ck_assert_uint_eq(reorder_moved(r), 2);
}
END_TEST

START_TEST(retransmission_passes_at_once)
{
	talk();
	ck_assert_str_eq(capture("dededfed"), "dededfed");
	ck_assert_uint_eq(reorder_moved(r), 0);
}
END_TEST

START_TEST(plain_ack_passes_at_once)
{
	talk();
	segments_say(&to, CLIENT, ACK, NULL, 0);
	ck_assert_str_eq(capture("h"), "h");
}
END_TEST

START_TEST(fin_waits_for_the_bytes_before_it)
{
	talk();
	segments_say(&to, SERVER, FIN | ACK, NULL, 0); /* h */
	segments_say(&to, CLIENT, FIN | ACK, NULL, 0); /* i */
	ck_assert_str_eq(capture("ih"), "");
	ck_assert_str_eq(capture("gfed"), "defghi");
}
END_TEST

START_TEST(rst_waits_for_the_bytes_before_it)
{
	talk();
	segments_say(&to, CLIENT, RST | ACK, NULL, 0); /* h */
	ck_assert_str_eq(capture("dehf"), "def");
	ck_assert_str_eq(capture("g"), "gh");
}
END_TEST

START_TEST(rst_does_not_overtake_what_was_recorded_before_it)
{
	talk();
	segments_raw(&to, SERVER, RST, 5001, NULL, 0); /* h: no bytes are missing before it */
	ck_assert_str_eq(capture("eh"), "eh");
	ck_assert_str_eq(capture("d"), "d");
	ck_assert_uint_eq(reorder_moved(r), 0);
}
END_TEST

START_TEST(new_connection_on_the_same_ports_comes_after_the_old_one)
{
	talk();
	segments_open(&to, 900000000, 3000000000); /* h, i, j */
	say(CLIENT);
	ck_assert_str_eq(capture("e"), "");
	ck_assert_str_eq(capture("h"), "eh");
	ck_assert_str_eq(capture("ijk"), "ijk");
}
END_TEST

START_TEST(numbers_that_wrap_are_compared_as_tcp_does)
{
	segments_open(&to, 0xffffffff - SIZE, 0xffffffff);
	ck_assert_str_eq(capture("abc"), "abc");
	say(CLIENT);
	say(CLIENT);
	say(SERVER);
	ck_assert_str_eq(capture("fed"), "def");
}
END_TEST

START_TEST(connection_without_a_handshake_learns_its_numbers_and_does_not_wait)
{
	to.next[CLIENT] = 77;
	to.next[SERVER] = 99;
	say(SERVER);
	say(CLIENT);
	say(CLIENT);
	say(CLIENT);
	ck_assert_str_eq(capture("c"), "c");
	ck_assert_str_eq(capture("a"), "a");
	ck_assert_str_eq(capture("b"), "b");
	ck_assert_str_eq(capture("d"), "d");
}
END_TEST

START_TEST(capture_of_the_client_only_does_not_wait)
{
	segments_open(&to, 1000, 5000);
	say(SERVER);
	say(CLIENT);
	say(SERVER);
	say(CLIENT);
	ck_assert_str_eq(capture("aceg"), "aceg");
}
END_TEST

START_TEST(capture_of_the_server_only_waits_for_one_syn_and_no_other)
{
	unsigned int i;

	segments_open(&to, 1000, 5000);
	say(SERVER);
	ck_assert_str_eq(capture("bd"), "");
	now += REORDER_NS;
	ck_assert_str_eq(capture("d"), "bdd");
	for (i = 0; i < 3; i++) {
		count = 0;
		to.client_port++;
		segments_open(&to, 1000, 5000);
		say(SERVER);
		say(CLIENT);
		say(SERVER);
		ck_assert_str_eq(capture("bdf"), "bdf");
	}
}
END_TEST

START_TEST(direction_that_ends_in_the_capture_is_waited_for_once)
{
	int i;

	talk();
	ck_assert_str_eq(capture("defg"), "defg");
	for (i = 0; i < 4; i++) {
		say(SERVER);
		say(CLIENT);
	}
	ck_assert_str_eq(capture("i"), ""); /* acknowledges h */
	now += REORDER_NS;
	ck_assert_str_eq(capture("k"), "ik");
	ck_assert_str_eq(capture("m"), "m");
	ck_assert_str_eq(capture("n"), "n"); /* the server is back: its gap is known */
	ck_assert_str_eq(capture("o"), "o");
}
END_TEST

START_TEST(every_link_and_network_is_ordered)
{
	static const struct segments_link links[] = { { 0 },
						      { .v6 = 1 },
						      { .v6 = 1, .extensions = 1 },
						      { .tags = 1 },
						      { .tags = 2, .v6 = 1 },
						      { .vxlan = 4789 },
						      { .geneve = 6081, .v6 = 1 } };
	unsigned int i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		start(true);
		to.link = links[i];
		talk();
		ck_assert_msg(!strcmp(capture("gfed"), "defg"), "link %u: %s", i, handed);
	}
}
END_TEST

START_TEST(tunnel_is_ordered_only_if_it_is_read)
{
	to.link.vxlan = 4789;
	talk();
	ck_assert_str_eq(capture("gfed"), "gfed");
}
END_TEST

START_TEST(packets_without_a_link_layer_are_ordered)
{
	link_type = LINK_RAW;
	headers = 14;
	talk();
	ck_assert_str_eq(capture("gfed"), "defg");
}
END_TEST

START_TEST(frames_of_other_connections_overtake)
{
	talk();
	to.client_port++;
	segments_open(&to, 1, 1); /* h, i, j */
	ck_assert_str_eq(capture("ehij"), "hij");
	ck_assert_str_eq(capture("d"), "de");
}
END_TEST

START_TEST(fragments_pass_and_nothing_overtakes_them)
{
	talk();
	say(CLIENT); /* h */
	to.link.fragment = 0x2000;
	say(CLIENT); /* i */
	to.link.fragment = 0;
	to.next[CLIENT] += 1000;
	say(CLIENT); /* j */
	ck_assert_str_eq(capture("defh"), "def");
	ck_assert_str_eq(capture("i"), "hi");
	ck_assert_str_eq(capture("j"), "j");
}
END_TEST

START_TEST(cut_headers_and_other_protocols_pass)
{
	talk();
	taken[3].size = 50;
	taken[4].bytes[23] = 17;
	memset(taken[5].bytes, 0xff, taken[5].size);
	ck_assert_str_eq(capture("fed"), "fed");
}
END_TEST

/* A segment behind a gap, in a connection of its own. */
static void open_gap(unsigned int i, size_t size)
{
	static const char bytes[60000];

	to.client_port = (uint16_t)(1000 + i);
	count = 0;
	to.next[CLIENT] = 7;
	segments_say(&to, CLIENT, SYN, NULL, 0);
	to.next[CLIENT] += 5;
	segments_say(&to, CLIENT, ACK, bytes, size);
	capture("ab");
}

/* Frames that wait have been overwritten in `taken`: do not look at their bytes. */
static int hand_on_any(void *ctx, const struct frame *frame)
{
	(void)frame;
	++*(unsigned int *)ctx;
	return 0;
}

static unsigned int out;

static void start_counting(void)
{
	reorder_free(r);
	out = 0;
	r = reorder_new(false, hand_on_any, &out);
}

START_TEST(frames_that_wait_are_bounded_in_number)
{
	unsigned int i;

	start_counting();
	for (i = 1; i <= 3 * REORDER_FRAMES; i++) {
		open_gap(i, 10);
		now -= 200 * US;
		ck_assert_uint_eq(out, i + (i > REORDER_FRAMES ? i - REORDER_FRAMES : 0));
	}
	finish();
	ck_assert_uint_eq(out, 6 * REORDER_FRAMES);
}
END_TEST

START_TEST(frames_that_wait_are_bounded_in_bytes)
{
	unsigned int i, room = REORDER_BYTES / (60000 + 54);

	start_counting();
	for (i = 1; i <= 3 * room; i++) {
		open_gap(i, 60000);
		now -= 200 * US;
		ck_assert_uint_eq(out, i + (i > room ? i - room : 0));
	}
}
END_TEST

START_TEST(time_that_jumps_back_ends_the_window)
{
	talk();
	ck_assert_str_eq(capture("e"), "");
	now -= 2 * REORDER_NS;
	ck_assert_str_eq(capture("b"), "eb");
}
END_TEST

START_TEST(more_connections_than_places_are_handed_on_whole)
{
	unsigned int i, before = 0;

	start_counting();
	for (i = 0; i < 60000; i++) {
		count = 0;
		to.client_port = (uint16_t)(1 + i);
		segments_open(&to, 1000 * i, 7 * i);
		say(CLIENT);
		say(CLIENT);
		capture("abced");
		ck_assert_uint_eq(out - before, 5);
		before = out;
	}
	ck_assert_uint_eq(reorder_moved(r), 60000);
}
END_TEST

static int refuse(void *ctx, const struct frame *frame)
{
	(void)ctx;
	return frame->offset == 4 ? -7 : 0;
}

START_TEST(error_of_a_frame_that_waited_ends_the_call)
{
	struct frame frame = { .len = 154, .wire_len = 154, .link = LINK_ETHERNET };

	talk();
	reorder_free(r);
	r = reorder_new(false, refuse, NULL);
	capture("abcgfe");
	frame.data = taken[3].bytes;
	frame.time_ns = now;
	ck_assert_int_eq(reorder_add(r, &frame), -7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		segments_in_order_pass_at_once,
		swapped_segments_are_swapped_back,
		segments_in_reverse_order_are_turned_round,
		response_waits_for_the_request_that_it_acknowledges,
		next_request_waits_for_the_response_that_it_acknowledges,
		syn_ack_and_what_follows_wait_for_the_syn,
		every_order_after_the_handshake_is_repaired,
		lost_segment_delays_the_next_ones_by_the_window,
		acknowledged_segment_behind_a_lost_one_comes_before_its_ack,
		segments_behind_a_lost_one_are_ordered_too,
		retransmission_passes_at_once,
		plain_ack_passes_at_once,
		fin_waits_for_the_bytes_before_it,
		rst_waits_for_the_bytes_before_it,
		rst_does_not_overtake_what_was_recorded_before_it,
		new_connection_on_the_same_ports_comes_after_the_old_one,
		numbers_that_wrap_are_compared_as_tcp_does,
		connection_without_a_handshake_learns_its_numbers_and_does_not_wait,
		capture_of_the_client_only_does_not_wait,
		capture_of_the_server_only_waits_for_one_syn_and_no_other,
		direction_that_ends_in_the_capture_is_waited_for_once,
		every_link_and_network_is_ordered,
		tunnel_is_ordered_only_if_it_is_read,
		packets_without_a_link_layer_are_ordered,
		frames_of_other_connections_overtake,
		fragments_pass_and_nothing_overtakes_them,
		cut_headers_and_other_protocols_pass,
		frames_that_wait_are_bounded_in_number,
		frames_that_wait_are_bounded_in_bytes,
		time_that_jumps_back_ends_the_window,
		more_connections_than_places_are_handed_on_whole,
		error_of_a_frame_that_waited_ends_the_call,
	};

	return RUN_TESTS("reorder", setup, tests);
}
