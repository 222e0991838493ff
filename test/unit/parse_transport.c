/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "decode.h"
#include "runner.h"

static struct decoded d;
static const struct ebpfi_packet *const p = &d.packet;

static void see(const struct frame *f, int proto, unsigned int payload_len)
{
	decode(f, &(struct capturing){ 0 }, &d);
	ck_assert_int_eq(p->ip_proto, proto);
	ck_assert_uint_eq(p->payload_len, payload_len);
	ck_assert_int_eq(p->flags & (EBPFI_PACKET_MALFORMED | EBPFI_PACKET_TRUNCATED), 0);
}

static void see_bad_with(const struct frame *f, uint16_t offloaded)
{
	decode(f, &(struct capturing){ .proto = offloaded }, &d);
	ck_assert_int_eq(p->flags & (EBPFI_PACKET_MALFORMED | EBPFI_PACKET_TRUNCATED), EBPFI_PACKET_MALFORMED);
	ck_assert_int_eq(p->payload_offset, 0);
	ck_assert_uint_eq(p->payload_len, 0);
}

/* With a tag in the metadata the other offsets grow by 4, but a payload that was not found stays at 0. */
static void see_bad(const struct frame *f)
{
	see_bad_with(f, 0x8100);
	see_bad_with(f, 0);
}

static void assert_ports(void)
{
	ck_assert_int_eq(p->flags & EBPFI_PACKET_PORTS, EBPFI_PACKET_PORTS);
	ck_assert_int_eq(p->src_port, 12345);
	ck_assert_int_eq(p->dst_port, 53);
}

START_TEST(tcp_fields_are_read)
{
	see(&tcp_syn, 6, 0);
	assert_ports();
	ck_assert_int_eq(p->tcp_flags, 2);
	ck_assert_uint_eq(p->tcp_seq, 0x01020304);
	ck_assert_uint_eq(p->tcp_ack, 0x05060708);
	ck_assert_int_eq(p->tcp_window, 0xfffe);
	ck_assert_int_eq(p->payload_offset, 58);
	see(&tcp_push_v6, 6, 4);
	ck_assert_int_eq(p->tcp_flags, 0x18);
	see(&tcp_every_flag, 6, 0);
	ck_assert_int_eq(p->tcp_flags, 0xff);
}
END_TEST

START_TEST(a_tcp_data_offset_below_the_header_is_malformed)
{
	see_bad(&bad_tcp_offset);
	assert_ports();
}
END_TEST

START_TEST(tcp_options_beyond_the_end_are_malformed)
{
	see_bad(&bad_tcp_options_beyond_end);
	assert_ports();
}
END_TEST

START_TEST(udp_and_udplite_have_ports)
{
	see(&udp, 17, 4);
	assert_ports();
	see(&udplite, 136, 4);
	assert_ports();
	see_bad(&bad_udp_without_room);
	ck_assert_int_eq(p->src_port, 0);
}
END_TEST

START_TEST(sctp_and_dccp_have_ports)
{
	see(&sctp, 132, 4);
	assert_ports();
	see(&dccp, 33, 4);
	assert_ports();
	ck_assert_int_eq(p->payload_offset, 50);
	see_bad(&bad_dccp_offset);
}
END_TEST

START_TEST(icmp_has_type_and_code)
{
	see(&icmp_echo, 1, 4);
	ck_assert_int_eq(p->icmp_type, 8);
	ck_assert_int_eq(p->flags & EBPFI_PACKET_PORTS, 0);
	see(&icmp_unreachable, 1, 0);
	ck_assert_int_eq(p->icmp_type, 3);
	ck_assert_int_eq(p->icmp_code, 1);
	see(&icmpv6_echo, 58, 4);
	ck_assert_int_eq(p->icmp_type, 129);
}
END_TEST

START_TEST(what_no_parser_knows_is_payload)
{
	see(&gre, 47, 8);
	ck_assert_int_eq(p->payload_offset, 34);
	ck_assert_int_eq(p->flags, EBPFI_PACKET_ADDRESSES);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tcp_fields_are_read,
		a_tcp_data_offset_below_the_header_is_malformed,
		tcp_options_beyond_the_end_are_malformed,
		udp_and_udplite_have_ports,
		sctp_and_dccp_have_ports,
		icmp_has_type_and_code,
		what_no_parser_knows_is_payload,
	};

	return RUN_TESTS("parse_transport", NULL, tests);
}
