/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "decode.h"
#include "runner.h"

enum {
	IP = EBPFI_PACKET_ADDRESSES,
	IP_PORTS = EBPFI_PACKET_ADDRESSES | EBPFI_PACKET_PORTS,
	BAD = EBPFI_PACKET_MALFORMED,
};

static const unsigned char v4_src[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 }, v4_dst[16] = { [10] = 0xff, 0xff, 10, 0, 0, 2 };
static const unsigned char v6_src[16] = { 0xfd, [15] = 1 }, v6_dst[16] = { 0xfd, [15] = 2 }, none[16];

static struct decoded d;
static const struct ebpfi_packet *const p = &d.packet;

static void check_frame(const struct frame *f, int flags, int proto, unsigned int payload_len)
{
	decode(f, &(struct capturing){ 0 }, &d);
	ck_assert_msg(p->flags == flags, "%s: flags %x", f->name, p->flags);
	ck_assert_msg(p->ip_proto == proto, "%s: protocol %u", f->name, p->ip_proto);
	ck_assert_msg(p->payload_len == payload_len, "%s: payload %u", f->name, p->payload_len);
}

/* Also checks the transport header's offset and ports. */
static void check_ports(const struct frame *f, unsigned int l4, unsigned int payload_len)
{
	check_frame(f, IP_PORTS, 17, payload_len);
	ck_assert_int_eq(p->l4_offset, l4);
	ck_assert_int_eq(p->src_port, 12345);
	ck_assert_int_eq(p->dst_port, 53);
}

static void assert_addresses(const unsigned char *src, const unsigned char *dst)
{
	ck_assert_mem_eq(p->src, src, 16);
	ck_assert_mem_eq(p->dst, dst, 16);
}

START_TEST(arp_gives_sender_and_target)
{
	check_frame(&arp_request, IP, 0, 0);
	ck_assert_int_eq(p->ethertype, T_ARP);
	ck_assert_int_eq(p->arp_op, 1);
	ck_assert_int_eq(p->l4_offset, 0);
	assert_addresses(v4_src, v4_dst);
	check_frame(&arp_reply_tagged, IP, 0, 0);
	ck_assert_int_eq(p->arp_op, 2);
	ck_assert_int_eq(p->l3_offset, 18);
}
END_TEST

START_TEST(arp_of_other_hardware_gives_its_operation_only)
{
	check_frame(&arp_of_long_addresses, 0, 0, 0);
	ck_assert_int_eq(p->arp_op, 1);
	assert_addresses(none, none);
}
END_TEST

START_TEST(ipv4_fields_are_read)
{
	check_ports(&udp, 34, 4);
	assert_addresses(v4_src, v4_dst);
	ck_assert_int_eq(p->ip_ttl, 64);
	ck_assert_int_eq(p->ip_tos, 0x10);
	ck_assert_uint_eq(p->ip_id, 0x1234);
	ck_assert_int_eq(p->fragment_offset, 0);
}
END_TEST

START_TEST(ipv4_options_are_skipped)
{
	check_ports(&v4_options, 38, 4);
	check_ports(&v4_all_options, 74, 4);
}
END_TEST

START_TEST(first_ipv4_fragment_has_ports)
{
	check_frame(&v4_first_fragment, IP_PORTS | EBPFI_PACKET_FRAGMENT, 17, 8);
	ck_assert_int_eq(p->fragment_offset, 0);
	ck_assert_int_eq(p->dst_port, 53);
}
END_TEST

START_TEST(later_ipv4_fragments_have_no_ports)
{
	check_frame(&v4_later_fragment, IP | EBPFI_PACKET_FRAGMENT, 17, 8);
	ck_assert_int_eq(p->fragment_offset, 16);
	ck_assert_int_eq(p->src_port, 0);
	ck_assert_int_eq(p->payload_offset, 34);
	check_frame(&v4_last_fragment, IP | EBPFI_PACKET_FRAGMENT, 17, 4);
	ck_assert_int_eq(p->fragment_offset, 24);
}
END_TEST

START_TEST(do_not_fragment_flag_does_not_make_a_fragment)
{
	check_ports(&v4_do_not_fragment, 34, 4);
}
END_TEST

START_TEST(padding_is_not_payload)
{
	check_ports(&v4_padded, 34, 0);
	ck_assert_uint_eq(p->packet_len, 50);
}
END_TEST

START_TEST(total_length_of_zero_is_read_as_a_super_packet)
{
	check_ports(&v4_length_zero, 34, 4);
}
END_TEST

START_TEST(bad_ipv4_headers_give_no_addresses)
{
	static const struct frame *const frames[] = { &bad_v4_version, &bad_v4_header_length, &bad_v4_header_beyond_total,
						      &bad_v4_total_length };

	check_frame(frames[_i], BAD, 0, 0);
	ck_assert_int_eq(p->ethertype, T_V4);
	ck_assert_int_eq(p->l3_offset, 14);
	ck_assert_int_eq(p->l4_offset, 0);
	assert_addresses(none, none);
}
END_TEST

START_TEST(packet_longer_than_the_wire_is_still_read)
{
	check_frame(&bad_v4_longer_than_wire, IP_PORTS | BAD, 17, 4);
	assert_addresses(v4_src, v4_dst);
	check_frame(&bad_v6_longer_than_wire, IP_PORTS | BAD, 17, 4);
	assert_addresses(v6_src, v6_dst);
}
END_TEST

START_TEST(padding_is_never_read_as_a_header)
{
	check_frame(&bad_v4_header_in_padding, IP | BAD, 6, 0);
	ck_assert_int_eq(p->src_port, 0);
	ck_assert_int_eq(p->tcp_flags, 0);
	ck_assert_int_eq(p->l4_offset, 34);
	ck_assert_int_eq(p->payload_offset, 0);
}
END_TEST

START_TEST(ipv6_fields_are_read)
{
	check_ports(&v6_udp, 54, 4);
	assert_addresses(v6_src, v6_dst);
	ck_assert_int_eq(p->ethertype, T_V6);
	ck_assert_int_eq(p->ip_ttl, 63);
	ck_assert_int_eq(p->ip_tos, 0x20);
	check_frame(&bad_v6_version, BAD, 0, 0);
	assert_addresses(none, none);
}
END_TEST

START_TEST(each_ipv6_extension_header_is_skipped)
{
	check_ports(&v6_hop_by_hop, 62, 4);
	check_ports(&v6_routing, 70, 4);
	check_ports(&v6_atomic_fragment, 62, 4);
	check_ports(&v6_authentication, 78, 4);
	check_ports(&v6_destination, 62, 4);
	check_ports(&v6_shim6, 62, 4);
	check_frame(&v6_mobility, IP, 59, 0);
	check_frame(&v6_host_identity, IP, 59, 0);
}
END_TEST

START_TEST(ipv6_extension_headers_in_sequence_are_skipped)
{
	check_ports(&v6_chain, 118, 0);
	ck_assert_uint_eq(p->ip_id, 0xdeadbeef);
	check_ports(&v6_eight_headers, 118, 4);
}
END_TEST

START_TEST(ninth_ipv6_extension_header_is_too_deep)
{
	check_frame(&v6_nine_headers, IP | EBPFI_PACKET_DEEP, 60, 20);
}
END_TEST

START_TEST(only_the_first_ipv6_fragment_has_ports)
{
	check_frame(&v6_first_fragment, IP_PORTS | EBPFI_PACKET_FRAGMENT, 17, 8);
	ck_assert_uint_eq(p->ip_id, 0xdeadbeef);
	check_frame(&v6_later_fragment, IP | EBPFI_PACKET_FRAGMENT, 17, 8);
	ck_assert_int_eq(p->fragment_offset, 16);
	ck_assert_int_eq(p->payload_offset, 62);
}
END_TEST

START_TEST(ipv6_extension_headers_beyond_the_end_are_malformed)
{
	check_frame(&bad_v6_extension_length, IP | BAD, 60, 0);
	check_frame(&bad_v6_ends_in_extension, IP | BAD, 60, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		arp_gives_sender_and_target,
		arp_of_other_hardware_gives_its_operation_only,
		ipv4_fields_are_read,
		ipv4_options_are_skipped,
		first_ipv4_fragment_has_ports,
		later_ipv4_fragments_have_no_ports,
		do_not_fragment_flag_does_not_make_a_fragment,
		padding_is_not_payload,
		total_length_of_zero_is_read_as_a_super_packet,
		packet_longer_than_the_wire_is_still_read,
		padding_is_never_read_as_a_header,
		ipv6_fields_are_read,
		each_ipv6_extension_header_is_skipped,
		ipv6_extension_headers_in_sequence_are_skipped,
		ninth_ipv6_extension_header_is_too_deep,
		only_the_first_ipv6_fragment_has_ports,
		ipv6_extension_headers_beyond_the_end_are_malformed,
	};
	const TTest *const bad[] = { bad_ipv4_headers_give_no_addresses };

	return RUN_TESTS("parse_ip", NULL, tests) | RUN_LOOPS("bad IPv4", NULL, bad, 4);
}
