/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <string.h>

#include "decode.h"
#include "runner.h"

static struct decoded d;
static const struct ebpfi_packet *const p = &d.packet;

static void check_frame(const struct frame *f)
{
	decode(f, &(struct capturing){ .snaplen = 65535 }, &d);
	ck_assert_int_eq(p->link_type, f->link);
	ck_assert_uint_eq(p->packet_len, f->size);
	ck_assert_int_eq(p->segments, 1);
}

static void assert_udp_ping_at(unsigned int l3, int ethertype)
{
	ck_assert_int_eq(p->l3_offset, l3);
	ck_assert_int_eq(p->l4_offset, l3 + (ethertype == T_V6 ? 40 : 20));
	ck_assert_int_eq(p->ethertype, ethertype);
	ck_assert_int_eq(p->ip_proto, 17);
	ck_assert_int_eq(p->src_port, 12345);
	ck_assert_int_eq(p->dst_port, 53);
	ck_assert_int_eq(p->payload_len, 4);
	ck_assert_mem_eq(d.data + p->payload_offset, "ping", 4);
}

START_TEST(ethernet_gives_both_hardware_addresses)
{
	check_frame(&udp);
	ck_assert_mem_eq(p->eth_dst, udp_bytes, 6);
	ck_assert_mem_eq(p->eth_src, udp_bytes + 6, 6);
	ck_assert_int_eq(p->vlan_count, 0);
	ck_assert_int_eq(p->flags, EBPFI_PACKET_ADDRESSES | EBPFI_PACKET_PORTS);
	assert_udp_ping_at(14, T_V4);
}
END_TEST

START_TEST(unknown_ethertype_gives_no_further_fields)
{
	check_frame(&unknown_ethertype);
	ck_assert_int_eq(p->ethertype, T_LLDP);
	ck_assert_int_eq(p->l3_offset, 14);
	ck_assert_int_eq(p->l4_offset, 0);
	ck_assert_int_eq(p->flags, 0);
}
END_TEST

START_TEST(length_of_802_3_is_not_an_ethertype)
{
	check_frame(&length_802_3);
	ck_assert_int_eq(p->ethertype, 0);
	ck_assert_int_eq(p->flags, 0);
	check_frame(&tagged_length_802_3);
	ck_assert_int_eq(p->ethertype, 0);
	ck_assert_int_eq(p->vlan_tci[0], 5);
}
END_TEST

START_TEST(single_tag_keeps_its_priority)
{
	check_frame(&tagged);
	ck_assert_int_eq(p->vlan_count, 1);
	ck_assert_int_eq(p->vlan_tci[0], 0x6064);
	ck_assert_int_eq(p->vlan_tci[1], 0);
	assert_udp_ping_at(18, T_V4);
}
END_TEST

START_TEST(service_tag_is_read)
{
	check_frame(&service_tagged);
	ck_assert_int_eq(p->vlan_count, 1);
	ck_assert_int_eq(p->vlan_tci[0], 200);
	assert_udp_ping_at(18, T_V4);
}
END_TEST

START_TEST(two_tags_are_read_as_outer_and_inner)
{
	check_frame(&qinq);
	ck_assert_int_eq(p->vlan_count, 2);
	ck_assert_int_eq(p->vlan_tci[0], 200);
	ck_assert_int_eq(p->vlan_tci[1], 100);
	assert_udp_ping_at(22, T_V4);
	check_frame(&old_qinq);
	ck_assert_int_eq(p->vlan_count, 2);
	ck_assert_int_eq(p->vlan_tci[0], 300);
	assert_udp_ping_at(22, T_V4);
}
END_TEST

START_TEST(four_tags_are_walked_and_two_are_kept)
{
	check_frame(&four_tags);
	ck_assert_int_eq(p->vlan_count, 4);
	ck_assert_int_eq(p->vlan_tci[0], 1);
	ck_assert_int_eq(p->vlan_tci[1], 2);
	assert_udp_ping_at(30, T_V4);
}
END_TEST

START_TEST(fifth_tag_is_too_deep)
{
	check_frame(&five_tags);
	ck_assert_int_eq(p->vlan_count, 4);
	ck_assert_int_eq(p->ethertype, T_Q);
	ck_assert_int_eq(p->flags, EBPFI_PACKET_DEEP);
}
END_TEST

START_TEST(raw_packet_is_read_by_its_ip_version)
{
	check_frame(&raw_v4);
	assert_udp_ping_at(0, T_V4);
	ck_assert_int_eq(p->flags, EBPFI_PACKET_ADDRESSES | EBPFI_PACKET_PORTS | EBPFI_PACKET_NO_LINK);
	check_frame(&raw_v6);
	assert_udp_ping_at(0, T_V6);
	check_frame(&raw_neither);
	ck_assert_int_eq(p->ethertype, 0);
	ck_assert_int_eq(p->flags, EBPFI_PACKET_NO_LINK);
}
END_TEST

START_TEST(bsd_loopback_is_read_in_either_byte_order)
{
	check_frame(&null_v4);
	assert_udp_ping_at(4, T_V4);
	check_frame(&null_v6);
	assert_udp_ping_at(4, T_V6);
	check_frame(&loop_v4);
	assert_udp_ping_at(4, T_V4);
}
END_TEST

START_TEST(cooked_captures_are_read)
{
	check_frame(&sll_v4);
	assert_udp_ping_at(16, T_V4);
	check_frame(&sll_tagged_v6);
	ck_assert_int_eq(p->vlan_tci[0], 9);
	assert_udp_ping_at(20, T_V6);
	check_frame(&sll_802_2);
	ck_assert_int_eq(p->ethertype, 0);
	check_frame(&sll2_v6);
	assert_udp_ping_at(20, T_V6);
}
END_TEST

/* The kernel offloads the first tag for tc and packet sockets, but not for XDP. The two events differ in one flag. */
static void assert_same_with_tag_offloaded(const struct frame *f, uint32_t snaplen)
{
	static struct decoded in_band;
	unsigned char rest[256];
	struct frame without = { f->name, f->link, 0, f->size - 4, rest };
	struct capturing how = { .snaplen = snaplen };

	memcpy(rest, f->bytes, 12);
	memcpy(rest + 12, f->bytes + 16, f->size - 16);
	decode(f, &how, &in_band);
	how.proto = (uint16_t)(f->bytes[12] << 8 | f->bytes[13]);
	how.tci = (uint16_t)(f->bytes[14] << 8 | f->bytes[15]);
	decode(&without, &how, &d);
	ck_assert_int_eq(d.packet.flags, in_band.packet.flags | EBPFI_PACKET_TAG_OFFLOADED);
	d.packet.flags = in_band.packet.flags;
	ck_assert_mem_eq(&d.packet, &in_band.packet, sizeof(d.packet));
	ck_assert_mem_eq(d.data, in_band.data, in_band.packet.data_len);
}

START_TEST(offloaded_tag_is_put_back_in_its_place)
{
	static const struct frame *const with_tag[] = { &tagged,           &service_tagged,     &qinq, &four_tags, &five_tags,
							&arp_reply_tagged, &tagged_length_802_3 };

	assert_same_with_tag_offloaded(with_tag[_i], 65535);
}
END_TEST

START_TEST(offloaded_tag_is_cut_like_other_bytes)
{
	uint32_t snaplen;

	for (snaplen = 0; snaplen <= qinq.size + 1; snaplen++)
		assert_same_with_tag_offloaded(&qinq, snaplen);
}
END_TEST

START_TEST(super_packet_has_its_number_of_segments)
{
	decode(&tcp_syn, &(struct capturing){ .super_packets = 44 }, &d);
	ck_assert_int_eq(p->segments, 44);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ethernet_gives_both_hardware_addresses,
		unknown_ethertype_gives_no_further_fields,
		length_of_802_3_is_not_an_ethertype,
		single_tag_keeps_its_priority,
		service_tag_is_read,
		two_tags_are_read_as_outer_and_inner,
		four_tags_are_walked_and_two_are_kept,
		fifth_tag_is_too_deep,
		raw_packet_is_read_by_its_ip_version,
		bsd_loopback_is_read_in_either_byte_order,
		cooked_captures_are_read,
		offloaded_tag_is_cut_like_other_bytes,
		super_packet_has_its_number_of_segments,
	};
	const TTest *const offloaded[] = { offloaded_tag_is_put_back_in_its_place };

	return RUN_TESTS("parse_link", NULL, tests) | RUN_LOOPS("offloaded tags", NULL, offloaded, 7);
}
