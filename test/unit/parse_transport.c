/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "decode.h"
#include "runner.h"

static struct decoded d;
static const struct ebpfi_packet *const p = &d.packet;

static void check_frame(const struct frame *f, int proto, unsigned int payload_len)
{
	decode(f, &(struct capturing){ 0 }, &d);
	ck_assert_int_eq(p->ip_proto, proto);
	ck_assert_uint_eq(p->payload_len, payload_len);
	ck_assert_int_eq(p->flags & (EBPFI_PACKET_MALFORMED | EBPFI_PACKET_TRUNCATED), 0);
}

static void check_malformed_with(const struct frame *f, uint16_t offloaded)
{
	decode(f, &(struct capturing){ .proto = offloaded }, &d);
	ck_assert_int_eq(p->flags & (EBPFI_PACKET_MALFORMED | EBPFI_PACKET_TRUNCATED), EBPFI_PACKET_MALFORMED);
	ck_assert_int_eq(p->payload_offset, 0);
	ck_assert_uint_eq(p->payload_len, 0);
}

/* A tag in the metadata adds 4 to all offsets, except to that of a payload that was not found, which stays 0. */
static void check_malformed(const struct frame *f)
{
	check_malformed_with(f, 0x8100);
	check_malformed_with(f, 0);
}

static void assert_ports(void)
{
	ck_assert_int_eq(p->flags & EBPFI_PACKET_PORTS, EBPFI_PACKET_PORTS);
	ck_assert_int_eq(p->src_port, 12345);
	ck_assert_int_eq(p->dst_port, 53);
}

START_TEST(tcp_fields_are_read)
{
	check_frame(&tcp_syn, 6, 0);
	assert_ports();
	ck_assert_int_eq(p->tcp_flags, 2);
	ck_assert_uint_eq(p->tcp_seq, 0x01020304);
	ck_assert_uint_eq(p->tcp_ack, 0x05060708);
	ck_assert_int_eq(p->tcp_window, 0xfffe);
	ck_assert_int_eq(p->payload_offset, 58);
	check_frame(&tcp_push_v6, 6, 4);
	ck_assert_int_eq(p->tcp_flags, 0x18);
	check_frame(&tcp_every_flag, 6, 0);
	ck_assert_int_eq(p->tcp_flags, 0xff);
}
END_TEST

START_TEST(tcp_data_offset_below_the_header_is_malformed)
{
	check_malformed(&bad_tcp_offset);
	assert_ports();
}
END_TEST

START_TEST(tcp_options_beyond_the_end_are_malformed)
{
	check_malformed(&bad_tcp_options_beyond_end);
	assert_ports();
}
END_TEST

START_TEST(udp_and_udplite_have_ports)
{
	check_frame(&udp, 17, 4);
	assert_ports();
	check_frame(&udplite, 136, 4);
	assert_ports();
	check_malformed(&bad_udp_without_room);
	ck_assert_int_eq(p->src_port, 0);
}
END_TEST

START_TEST(sctp_and_dccp_have_ports)
{
	check_frame(&sctp, 132, 4);
	assert_ports();
	check_frame(&dccp, 33, 4);
	assert_ports();
	ck_assert_int_eq(p->payload_offset, 50);
	check_malformed(&bad_dccp_offset);
}
END_TEST

START_TEST(icmp_has_type_and_code)
{
	check_frame(&icmp_echo, 1, 4);
	ck_assert_int_eq(p->icmp_type, 8);
	ck_assert_int_eq(p->flags & EBPFI_PACKET_PORTS, 0);
	check_frame(&icmp_unreachable, 1, 0);
	ck_assert_int_eq(p->icmp_type, 3);
	ck_assert_int_eq(p->icmp_code, 1);
	check_frame(&icmpv6_echo, 58, 4);
	ck_assert_int_eq(p->icmp_type, 129);
}
END_TEST

START_TEST(unknown_protocol_is_payload)
{
	check_frame(&gre, 47, 8);
	ck_assert_int_eq(p->payload_offset, 34);
	ck_assert_int_eq(p->flags, EBPFI_PACKET_ADDRESSES);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		tcp_fields_are_read,
		tcp_data_offset_below_the_header_is_malformed,
		tcp_options_beyond_the_end_are_malformed,
		udp_and_udplite_have_ports,
		sctp_and_dccp_have_ports,
		icmp_has_type_and_code,
		unknown_protocol_is_payload,
	};

	return RUN_TESTS("parse_transport", NULL, tests);
}
