/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Events as lines and as JSON, word for word: hosts and their users read them. */
#include <ebpfinspect/ebpfinspect.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode.h"
#include "http/record.h"
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
	{ &arp_request, 0, "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28" },
	{ &arp_reply_tagged, 0, "vlan 7, ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28" },
	{ &v4_first_fragment, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: UDP, length 8" },
	{ &v4_later_fragment, 0, "IP 10.0.0.1 > 10.0.0.2: udp fragment at 16, length 8" },
	{ &v6_hop_by_hop, 0, "IP6 fd00::1.12345 > fd00::2.53: UDP, length 4" },
	{ &tcp_syn, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: Flags [S], seq 16909060, win 65534, length 0" },
	{ &tcp_push_v6, 0, "IP6 fd00::1.12345 > fd00::2.53: Flags [P.], seq 16909060, ack 84281096, win 65534, length 4" },
	{ &tcp_every_flag, 0,
	  "IP 10.0.0.1.12345 > 10.0.0.2.53: Flags [FSRP.UEW], seq 16909060, ack 84281096, win 65534, length 0" },
	{ &icmp_echo, 0, "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, length 12" },
	{ &icmpv6_echo, 0, "IP6 fd00::1 > fd00::2: ICMP6 echo reply, length 12" },
	{ &sctp, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: SCTP, length 4" },
	{ &gre, 0, "IP 10.0.0.1 > 10.0.0.2: ip-proto-47, length 8" },
	{ &bad_v4_longer_than_wire, 0, "IP 10.0.0.1.12345 > 10.0.0.2.53: UDP, length 4 [malformed]" },
	{ &bad_v4_header_in_padding, 0, "IP 10.0.0.1 > 10.0.0.2: tcp, length 0 [malformed]" },
	{ &icmp_echo, 5, "IP 10.0.0.1 > 10.0.0.2: icmp, length 0 [truncated]" },
	{ &bad_v6_version, 0, "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x86dd, length 66 [malformed]" },
};

enum { LINES = sizeof(lines) / sizeof(lines[0]) };

START_TEST(lines_look_like_tcpdump)
{
	utc();
	see(lines[_i].frame, lines[_i].cut);
	ck_assert_msg(!strncmp(str(), CLOCK, strlen(CLOCK)), "%s", line);
	ck_assert_str_eq(line + strlen(CLOCK), lines[_i].text);
}
END_TEST

START_TEST(line_has_local_time)
{
	setenv("TZ", "XXX-1", 1);
	tzset();
	see(&udp, 0);
	ck_assert_msg(!strncmp(str(), "23:13:20.123456 ", 16), "%s", line);
}
END_TEST

START_TEST(direction_and_interface_precede_the_packet)
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

START_TEST(objects_use_opentelemetry_names)
{
	see(objects[_i].frame, objects[_i].cut);
	ck_assert_str_eq(json(), objects[_i].text);
}
END_TEST

/* The longest event of each kind: maximum numbers, and texts of maximum length whose bytes are all escaped. */
static union {
	struct ebpfi_event event;
	struct ebpfi_packet packet;
	struct http_record http;
	struct ebpfi_link_event link;
} worst;

static const uint16_t worst_kinds[] = { EBPFI_EVENT_PACKET,          EBPFI_EVENT_HTTP_REQUEST,
					EBPFI_EVENT_HTTP_RESPONSE,   EBPFI_EVENT_HTTP_BROKEN,
					EBPFI_EVENT_HTTP_UNANSWERED, EBPFI_EVENT_HTTP_HEAD,
					EBPFI_EVENT_HTTP_OPEN,       EBPFI_EVENT_LINK };

enum { WORST_KINDS = sizeof(worst_kinds) / sizeof(worst_kinds[0]) };

static void make_worst(uint16_t kind)
{
	memset(&worst, 0xff, sizeof(worst));
	worst.event.kind = kind;
	worst.event.time_ns = 1700000000123456789;
	worst.event.len = sizeof(worst);
	if (kind == EBPFI_EVENT_PACKET) {
		worst.packet.ethertype = T_V6;
		worst.packet.ip_proto = 6;
		memset(worst.packet.src, 0x1e, 32);
	} else if (kind == EBPFI_EVENT_LINK) {
		worst.link.what = EBPFI_LINK_FAILED;
		memset(worst.link.name, 1, sizeof(worst.link.name) - 1);
		memset(worst.link.reason, 1, sizeof(worst.link.reason) - 1);
		worst.link.name[sizeof(worst.link.name) - 1] = worst.link.reason[sizeof(worst.link.reason) - 1] = '\0';
	} else {
		worst.http.http.ethertype = T_V6;
		memset(worst.http.http.src, 0x1e, 32);
		memset(worst.http.text, 1, sizeof(worst.http.text));
		worst.http.text[http_text_base(EBPFI_HTTP_TARGET)] = '?';
		worst.http.http.grpc_status = INT32_MAX;
		worst.http.http.first_byte_ns = worst.http.http.duration_ns = INT64_MAX;
		worst.http.http.text_offset = sizeof(worst.http.http);
	}
}

/* A session with an interface name of maximum length. */
static struct ebpfi *worst_session(void)
{
	static char name[64];
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);

	memset(name, 0xff, sizeof(name) - 1);
	s->replay_interface = name;
	return s;
}

static void free_session(struct ebpfi *s)
{
	s->replay_interface = NULL;
	ebpfi_free(s);
}

START_TEST(promised_buffer_sizes_hold_the_worst_event_of_each_kind)
{
	static char room[4 * EBPFI_JSON_MAX];
	struct ebpfi *s = worst_session();

	make_worst(worst_kinds[_i]);
	ck_assert_uint_lt(strlen(ebpfi_event_str(s, &worst.event, room, sizeof(room))), EBPFI_STR_MAX);
	ck_assert_uint_lt(strlen(ebpfi_event_json(s, &worst.event, room, sizeof(room))), EBPFI_JSON_MAX);
	ck_assert_ptr_null(strstr(room, "truncated\":true"));
	free_session(s);
}
END_TEST

/* Parses only what ebpfi_event_json() writes: strings, numbers, lists of strings, true. NULL: invalid. */
static const char *skip_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	while (*at && *at != '"')
		if (*at++ == '\\') {
			if (*at == 'u' && strspn(at + 1, "0123456789abcdef") < 4)
				return NULL;
			at += *at == 'u' ? 5 : 1;
		}
	return *at ? at + 1 : NULL;
}

static const char *skip_value(const char *at)
{
	size_t digits = strspn(at, "0123456789");

	if (digits)
		return at + digits;
	if (!strncmp(at, "true", 4))
		return at + 4;
	if (*at != '[')
		return skip_string(at);
	do
		at = skip_string(at + 1);
	while (at && *at == ',');
	return at && *at == ']' ? at + 1 : NULL;
}

static bool is_object(const char *at)
{
	if (!strcmp(at, "{}"))
		return true;
	if (*at != '{')
		return false;
	do {
		at = skip_string(at + 1);
		at = at && *at == ':' ? skip_value(at + 1) : NULL;
	} while (at && *at == ',');
	return at && !strcmp(at, "}");
}

START_TEST(object_in_a_short_buffer_is_valid_and_marked_as_truncated)
{
	static char whole[EBPFI_JSON_MAX];
	struct ebpfi *s = worst_session();
	size_t n, size;
	char *small;

	make_worst(worst_kinds[_i]);
	size = strlen(ebpfi_event_json(s, &worst.event, whole, sizeof(whole))) + 1;
	ck_assert_msg(is_object(whole), "%s", whole);
	for (n = size; n >= sizeof("{}"); n -= n > 1000 ? 13 : 1) {
		small = malloc(n);
		ebpfi_event_json(s, &worst.event, small, n);
		ck_assert_msg(is_object(small), "%zu: %s", n, small);
		ck_assert_msg(n == size || n < 26 || strstr(small, "\"ebpfi.truncated\":true}"), "%zu: %s", n, small);
		ck_assert_msg(n < size || !strcmp(small, whole), "%s", small);
		free(small);
	}
	free_session(s);
}
END_TEST

START_TEST(long_target_does_not_push_other_members_out_of_a_short_buffer)
{
	char small[2048];

	make_worst(EBPFI_EVENT_HTTP_REQUEST);
	worst.http.http.anomalies = 0;
	ebpfi_event_json(NULL, &worst.event, small, sizeof(small));
	ck_assert_msg(strstr(small, "\"source.address\":\"1e1e:") && strstr(small, "\"url.query\":\"\\u0001") &&
			      strstr(small, "\"user_agent.original\":\"\\u0001") &&
			      strstr(small, "\"http.response.status_code\":65535"),
		      "%s", small);
}
END_TEST

START_TEST(short_buffer_cuts_the_line)
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
		free(small);
	}
	free(whole);
}
END_TEST

START_TEST(unknown_event_is_named_by_its_number)
{
	utc();
	see(&udp, 0);
	d.packet.event.kind = 999;
	d.packet.event.len = 77;
	ck_assert_str_eq(str(), CLOCK "event of kind 999, 77 bytes");
	ck_assert_str_eq(json(), "{\"timestamp\":\"2023-11-14T22:13:20.123456789Z\",\"hook\":\"capture\",\"event.kind\":999}");
}
END_TEST

START_TEST(record_too_short_for_its_kind_is_not_read)
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

START_TEST(ledger_is_printed_as_text)
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
	const TTest *const one_by_one[] = { lines_look_like_tcpdump };
	const TTest *const object_by_object[] = { objects_use_opentelemetry_names };
	const TTest *const kind_by_kind[] = {
		promised_buffer_sizes_hold_the_worst_event_of_each_kind,
		object_in_a_short_buffer_is_valid_and_marked_as_truncated,
	};
	const TTest *const tests[] = {
		line_has_local_time,
		direction_and_interface_precede_the_packet,
		long_target_does_not_push_other_members_out_of_a_short_buffer,
		short_buffer_cuts_the_line,
		unknown_event_is_named_by_its_number,
		record_too_short_for_its_kind_is_not_read,
		ledger_is_printed_as_text,
	};

	return RUN_LOOPS("lines", NULL, one_by_one, LINES) | RUN_LOOPS("objects", NULL, object_by_object, OBJECTS) |
	       RUN_LOOPS("kinds", NULL, kind_by_kind, WORST_KINDS) | RUN_TESTS("event_text", NULL, tests);
}
