/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Events as lines and as JSON, word for word: hosts and their users read them. */
#include <ebpfinspect/ebpfinspect.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode.h"
#include "runner.h"
#include "session.h"

#define CLOCK "22:13:20.123456 "

static struct decoded d;
static char line[EBPFI_JSON_MAX];

static void see(const struct frame *f, size_t cut)
{
	decode(f, &(struct capturing){ .cut = cut }, &d);
	d.packet.event.time_ns = 1700000000123456789;
}

static void utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

static const char *str(void)
{
	return ebpfi_event_str(NULL, &d.packet.event, line, sizeof(line));
}

static const char *json(void)
{
	return ebpfi_event_json(NULL, &d.packet.event, line, sizeof(line));
}

struct line {
	const struct frame *frame;
	size_t cut;
	const char *text;
};

static const struct line lines[] = {
	{ &unknown_ethertype, 0, "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x88cc, length 20" },
	{ &qinq, 0, "vlan 200, vlan 100, IP 10.0.0.1.12345 > 10.0.0.2.53: UDP, length 4" },
	{ &arp_request, 0, "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 42" },
	{ &arp_reply_tagged, 0, "vlan 7, ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 46" },
	{ &v4_first_fragment, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: UDP, length 8" },
	{ &v4_later_fragment, 0, "IP 10.0.0.1 > 10.0.0.2: udp fragment at 16, length 8" },
	{ &v6_hop_by_hop, 0, "IP6 fd00::1.12345 > fd00::2.53: UDP, length 4" },
	{ &tcp_syn, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: Flags [S], seq 16909060, win 65534, length 0" },
	{ &tcp_push_v6, 0, "IP6 fd00::1.12345 > fd00::2.53: Flags [P.], seq 16909060, ack 84281096, win 65534, length 4" },
	{ &tcp_every_flag, 0,
	  "IP 10.0.0.1.12345 > 10.0.0.2.53: Flags [FSRP.UEW], seq 16909060, ack 84281096, win 65534, length 0" },
	{ &icmp_echo, 0, "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, length 4" },
	{ &icmpv6_echo, 0, "IP6 fd00::1 > fd00::2: ICMP6 echo reply, length 4" },
	{ &sctp, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: SCTP, length 4" },
	{ &gre, 0, "IP 10.0.0.1 > 10.0.0.2: ip-proto-47, length 8" },
	{ &bad_v4_longer_than_wire, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: UDP, length 4 [malformed]" },
	{ &bad_v4_header_in_padding, 0, "IP 10.0.0.1 > 10.0.0.2: tcp, length 0 [malformed]" },
	{ &icmp_echo, 5, "IP 10.0.0.1 > 10.0.0.2: icmp, length 0 [truncated]" },
	{ &bad_v6_version, 0, "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x86dd, length 66 [malformed]" },
};

enum { LINES = sizeof(lines) / sizeof(lines[0]) };

START_TEST(a_line_says_what_tcpdump_users_expect)
{
	utc();
	see(lines[_i].frame, lines[_i].cut);
	ck_assert_msg(!strncmp(str(), CLOCK, strlen(CLOCK)), "%s", line);
	ck_assert_str_eq(line + strlen(CLOCK), lines[_i].text);
}
END_TEST

START_TEST(time_of_a_line_is_local)
{
	setenv("TZ", "XXX-1", 1);
	tzset();
	see(&udp, 0);
	ck_assert_msg(!strncmp(str(), "23:13:20.123456 ", 16), "%s", line);
}
END_TEST

START_TEST(direction_and_interface_stand_before_the_packet)
{
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	utc();
	see(&udp, 0);
	s->replay_interface = "eth0";
	d.packet.event.direction = EBPFI_DIRECTION_EGRESS;
	ebpfi_event_str(s, &d.packet.event, line, sizeof(line));
	ck_assert_str_eq(line, CLOCK "eth0 Out IP 10.0.0.1.12345 > 10.0.0.2.53: UDP, length 4");
	ebpfi_event_json(s, &d.packet.event, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, ",\"network.interface.name\":\"eth0\",\"network.io.direction\":\"transmit\","));
	s->replay_interface = NULL;
	ebpfi_free(s);
}
END_TEST

#define JSON_HEAD                                                                                                              \
	"{\"timestamp\":\"2023-11-14T22:13:20.123456789Z\",\"hook\":\"capture\",\"source.mac\":\"02:00:00:00:00:01\","         \
	"\"destination.mac\":\"02:00:00:00:00:02\","

static const struct line objects[] = {
	{ &qinq, 0,
	  JSON_HEAD "\"vlan.id\":200,\"vlan.inner.id\":100,\"network.type\":\"ipv4\",\"ethertype\":2048,\"packet.length\":54,"
		    "\"source.address\":\"10.0.0.1\",\"source.port\":12345,\"destination.address\":\"10.0.0.2\","
		    "\"destination.port\":53,\"network.transport\":\"udp\",\"ip.protocol\":17,\"payload.length\":4}" },
	{ &tcp_push_v6, 0,
	  JSON_HEAD "\"network.type\":\"ipv6\",\"ethertype\":34525,\"packet.length\":78,\"source.address\":\"fd00::1\","
		    "\"source.port\":12345,\"destination.address\":\"fd00::2\",\"destination.port\":53,"
		    "\"network.transport\":\"tcp\",\"ip.protocol\":6,\"tcp.flags\":\"P.\",\"tcp.seq\":16909060,"
		    "\"tcp.ack\":84281096,\"tcp.window\":65534,\"payload.length\":4}" },
	{ &v4_later_fragment, 0,
	  JSON_HEAD "\"network.type\":\"ipv4\",\"ethertype\":2048,\"packet.length\":42,\"source.address\":\"10.0.0.1\","
		    "\"destination.address\":\"10.0.0.2\",\"network.transport\":\"udp\",\"ip.protocol\":17,"
		    "\"ip.fragment.offset\":16,\"payload.length\":8,\"packet.flags\":[\"fragment\"]}" },
	{ &icmp_unreachable, 0,
	  JSON_HEAD "\"network.type\":\"ipv4\",\"ethertype\":2048,\"packet.length\":42,\"source.address\":\"10.0.0.1\","
		    "\"destination.address\":\"10.0.0.2\",\"network.transport\":\"icmp\",\"ip.protocol\":1,\"icmp.type\":3,"
		    "\"icmp.code\":1,\"payload.length\":0}" },
	{ &icmp_unreachable, 1,
	  JSON_HEAD "\"network.type\":\"ipv4\",\"ethertype\":2048,\"packet.length\":42,\"source.address\":\"10.0.0.1\","
		    "\"destination.address\":\"10.0.0.2\",\"network.transport\":\"icmp\",\"ip.protocol\":1,"
		    "\"payload.length\":0,\"packet.flags\":[\"truncated\"]}" },
	{ &arp_request, 0,
	  JSON_HEAD "\"network.type\":\"arp\",\"ethertype\":2054,\"packet.length\":42,\"source.address\":\"10.0.0.1\","
		    "\"destination.address\":\"10.0.0.2\",\"arp.operation\":1}" },
	{ &five_tags, 0,
	  JSON_HEAD "\"vlan.id\":1,\"vlan.inner.id\":2,\"ethertype\":33024,\"packet.length\":54,\"packet.flags\":[\"deep\"]}" },
	{ &bad_v4_version, 0,
	  JSON_HEAD "\"network.type\":\"ipv4\",\"ethertype\":2048,\"packet.length\":46,\"packet.flags\":[\"malformed\"]}" },
};

enum { OBJECTS = sizeof(objects) / sizeof(objects[0]) };

START_TEST(an_object_has_opentelemetrys_names)
{
	see(objects[_i].frame, objects[_i].cut);
	ck_assert_str_eq(json(), objects[_i].text);
}
END_TEST

/* The longest that can be: each field at its greatest. */
START_TEST(the_promised_buffers_are_large_enough)
{
	see(&tcp_push_v6, 0);
	memset(&d.packet, 0xff, sizeof(d.packet));
	d.packet.event.kind = EBPFI_EVENT_PACKET;
	d.packet.event.time_ns = 1700000000123456789;
	d.packet.ethertype = T_V6;
	d.packet.ip_proto = 6;
	memset(d.packet.src, 0x1e, 16);
	memset(d.packet.dst, 0x1e, 16);
	ck_assert_uint_lt(strlen(str()), EBPFI_STR_MAX - 100);
	ck_assert_uint_lt(strlen(json()), EBPFI_JSON_MAX - 100);
	ck_assert_uint_gt(strlen(json()), 400);
}
END_TEST

START_TEST(a_short_buffer_cuts_the_line_and_refuses_the_object)
{
	char *small, *whole;
	size_t n;

	utc();
	see(&tcp_syn, 0);
	whole = strdup(str());
	for (n = 1; n <= strlen(whole) + 1; n++) {
		small = malloc(n);
		ebpfi_event_str(NULL, &d.packet.event, small, n);
		ck_assert_uint_eq(strlen(small), n - 1);
		ck_assert_mem_eq(small, whole, n - 1);
		ck_assert_str_eq(ebpfi_event_json(NULL, &d.packet.event, small, n), "");
		free(small);
	}
	free(whole);
}
END_TEST

START_TEST(an_event_of_a_newer_library_is_named_by_its_number)
{
	utc();
	see(&udp, 0);
	d.packet.event.kind = 999;
	d.packet.event.len = 77;
	ck_assert_str_eq(str(), CLOCK "event of kind 999, 77 bytes");
	ck_assert_str_eq(json(), "{\"timestamp\":\"2023-11-14T22:13:20.123456789Z\",\"hook\":\"capture\",\"event.kind\":999}");
}
END_TEST

START_TEST(a_record_that_is_too_short_for_its_kind_is_not_read)
{
	struct ebpfi_event *alone = malloc(sizeof(*alone));

	utc();
	see(&udp, 0);
	*alone = d.packet.event;
	alone->len = sizeof(*alone);
	ebpfi_event_str(NULL, alone, line, sizeof(line));
	ck_assert_str_eq(line, CLOCK "event of kind 1, 24 bytes");
	ck_assert_ptr_nonnull(strstr(ebpfi_event_json(NULL, alone, line, sizeof(line)), "\"event.kind\":1}"));
	free(alone);
}
END_TEST

START_TEST(the_ledger_is_told_in_words)
{
	struct ebpfi_stats stats = { .sz = sizeof(stats), .ledger = { .seen = 10, .delivered = 10 } };

	ck_assert_str_eq(ebpfi_stats_str(&stats, line, sizeof(line)), "10 packets seen, 10 delivered, 0 lost");
	stats.ledger = (struct ebpfi_ledger){ 21, 1, 2, 3, 4, 5, 6, 7, 8 };
	ck_assert_str_eq(ebpfi_stats_str(&stats, line, sizeof(line)),
			 "21 packets seen, 1 delivered, 9 lost, 4 of them because the ring buffer was full, "
			 "5 of them because a state map was full, 2 filtered out, 3 left out by sampling, "
			 "6 with headers cut off by the capture, 7 malformed");
}
END_TEST

int main(void)
{
	const TTest *const one_by_one[] = { a_line_says_what_tcpdump_users_expect };
	const TTest *const object_by_object[] = { an_object_has_opentelemetrys_names };
	const TTest *const tests[] = {
		time_of_a_line_is_local,
		direction_and_interface_stand_before_the_packet,
		the_promised_buffers_are_large_enough,
		a_short_buffer_cuts_the_line_and_refuses_the_object,
		an_event_of_a_newer_library_is_named_by_its_number,
		a_record_that_is_too_short_for_its_kind_is_not_read,
		the_ledger_is_told_in_words,
	};

	return RUN_LOOPS("lines", NULL, one_by_one, LINES) | RUN_LOOPS("objects", NULL, object_by_object, OBJECTS) |
	       RUN_TESTS("event_text", NULL, tests);
}
