/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* HTTP in VLAN tags, extension headers, fragments and tunnels. */
#include <string.h>

#include "runner.h"
#include "talk.h"

#define A(name) (1ULL << EBPFI_HTTP_##name)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct talk *t;

static void expect_exchange(struct segments_link link, const char *what)
{
	t->to.link = link;
	talk_open(t);
	talk_say(t, CLIENT, GET("/"));
	talk_say(t, SERVER, OK);
	segments_close(&t->to);
	ck_assert_msg(t->count == 2, "%s: %d events", what, t->count);
	ck_assert_msg(!(t->events[0].http.anomalies | t->events[1].http.anomalies), "%s", what);
	ck_assert_msg(t->events[1].http.number == 1, "%s", what);
}

START_TEST(http_is_read_in_tags_and_extension_headers)
{
	t = talk_new(0);
	expect_exchange((struct segments_link){ .tags = 1 }, "VLAN");
	expect_exchange((struct segments_link){ .tags = 2 }, "QinQ");
	expect_exchange((struct segments_link){ .v6 = 1 }, "IPv6");
	expect_exchange((struct segments_link){ .v6 = 1, .extensions = 1 }, "IPv6 with extension headers");
	expect_exchange((struct segments_link){ .v6 = 1, .tags = 2 }, "IPv6 in QinQ");
	t->proto = 0x8100;
	t->tci = 7;
	expect_exchange((struct segments_link){ 0 }, "offloaded tag");
	expect_exchange((struct segments_link){ .tags = 1 }, "offloaded outer tag");
	talk_free(t);
}
END_TEST

static segments_fn feed;

static void feed_with_a_data_offset_of_4(void *ctx, const void *frame, size_t size)
{
	unsigned char copy[64];

	ck_assert_uint_le(size, sizeof(copy));
	memcpy(copy, frame, size);
	copy[14 + 20 + 12] = 4 << 4;
	feed(ctx, copy, size);
}

/* Linux drops the segment, so its RST ends nothing. */
static void expect_malformed_reset_ignored(uint16_t offloaded)
{
	t = talk_new(0);
	t->proto = offloaded;
	talk_open(t);
	talk_say(t, CLIENT, "GET / HTTP/1.1\r\n");
	feed = t->to.fn;
	t->to.fn = feed_with_a_data_offset_of_4;
	segments_raw(&t->to, SERVER, RST | ACK, t->to.next[SERVER], NULL, 0);
	t->to.fn = feed;
	ck_assert_int_eq(t->count, 0);
	talk_say(t, CLIENT, "Host: a\r\n\r\n");
	talk_say(t, SERVER, OK);
	ck_assert_int_eq(t->count, 2);
	ck_assert_uint_eq(t->events[0].http.anomalies | t->events[1].http.anomalies, 0);
	talk_free(t);
}

START_TEST(reset_with_a_data_offset_below_5_ends_no_message)
{
	expect_malformed_reset_ignored(0);
	expect_malformed_reset_ignored(0x8100);
}
END_TEST

/* Only the first fragment of a segment is read. The bytes of the others are reported as missing. */
START_TEST(fragments_are_marked)
{
	t = talk_new(0);
	talk_open(t);
	t->to.link.fragment = 0x2000;
	talk_say(t, CLIENT, GET("/fragment"));
	t->to.link.fragment = 0x0003;
	segments_raw(&t->to, CLIENT, ACK, t->to.next[CLIENT], "more of the same datagram", 25);
	t->to.link.fragment = 0;
	t->to.next[CLIENT] += 25;
	talk_say(t, CLIENT, GET("/whole"));
	ck_assert_int_eq(t->count, 2);
	ck_assert_uint_eq(t->events[0].http.anomalies, A(FRAGMENT));
	ck_assert_uint_eq(t->events[1].http.anomalies, A(GAP));
	talk_free(t);
}
END_TEST

START_TEST(tunnels_are_inspected_with_the_knob)
{
	static const struct segments_link links[] = {
		{ .vxlan = 4789 },
		{ .vxlan = 8472 },
		{ .geneve = 6081 },
		{ .vxlan = 4789, .v6 = 1 },
		{ .geneve = 6081, .tags = 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		t = talk_new(1);
		expect_exchange(links[i], "tunnel");
		ck_assert_uint_eq(t->events[0].http.dst_port, 80);
		talk_free(t);
		t = talk_new(0);
		t->to.link = links[i];
		talk_open(t);
		talk_say(t, CLIENT, GET("/"));
		ck_assert_int_eq(t->count, 0);
		talk_free(t);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		http_is_read_in_tags_and_extension_headers,
		reset_with_a_data_offset_below_5_ends_no_message,
		fragments_are_marked,
		tunnels_are_inspected_with_the_knob,
	};

	return RUN_TESTS("links", NULL, tests);
}
