/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Packets for tests, built from headers: 02:00:00:00:00:01 > 02:00:00:00:00:02, 10.0.0.1 > 10.0.0.2, fd00::1 > fd00::2,
 * port 12345 > 53, checksums zero.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct frame {
	const char *name;
	uint16_t link;    /* LINKTYPE_ */
	uint16_t headers; /* bytes up to the end of decoding: the payload or an unknown header */
	size_t size;
	const unsigned char *bytes;
};

/* clang-format off: one header per line */
#define HI(n) ((n) >> 8 & 0xff)
#define LO(n) ((n)&0xff)
#define FRAME(id, link, headers, ...)                                                                                          \
	static const unsigned char id##_bytes[] = { __VA_ARGS__ };                                                             \
	static const struct frame id __attribute__((unused)) = { #id, link, headers, sizeof(id##_bytes), id##_bytes }

#define MACS 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1
#define ETHER(type) MACS, HI(type), LO(type)
#define TAG(tci, type) HI(tci), LO(tci), HI(type), LO(type)
#define V4_ADDRESSES 10, 0, 0, 1, 10, 0, 0, 2
#define V4_WITH(first, length, fragment, proto)                                                                                \
	first, 0x10, HI(length), LO(length), 0x12, 0x34, HI(fragment), LO(fragment), 64, proto, 0, 0, V4_ADDRESSES
#define V4(length, proto) V4_WITH(0x45, length, 0, proto)
#define V6(length, next)                                                                                                       \
	0x62, 0, 0, 0, HI(length), LO(length), next, 63, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0,  \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
#define PORTS HI(12345), LO(12345), 0, 53
#define UDP(length) PORTS, HI(length), LO(length), 0, 0
#define TCP_WITH(offset, flags) PORTS, 1, 2, 3, 4, 5, 6, 7, 8, (offset) << 4, flags, 0xff, 0xfe, 0, 0, 0, 0
#define TCP(flags) TCP_WITH(5, flags)
#define ICMP(type, code) type, code, 0, 0, 0, 1, 0, 7
#define SCTP PORTS, 0, 0, 0, 9, 0, 0, 0, 0
#define DCCP_WITH(offset) PORTS, offset, 0, 0, 0, 0, 1, 0, 0
#define ARP(op) 0, 1, 8, 0, 6, 4, 0, op, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2
#define EXTENSION(next) next, 0, 1, 4, 0, 0, 0, 0
#define EXTENSION16(next) next, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define FRAGMENT(next, offset_more) next, 0, HI(offset_more), LO(offset_more), 0xde, 0xad, 0xbe, 0xef
#define AUTHENTICATION(next) next, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
#define NOPS 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
#define PING 'p', 'i', 'n', 'g'
#define SLL 0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0
#define SLL2(type) HI(type), LO(type), 0, 0, 0, 0, 0, 7, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0

enum { L_NULL = 0, L_ETHERNET = 1, L_RAW = 101, L_LOOP = 108, L_SLL = 113, L_SLL2 = 276 };
enum { T_V4 = 0x0800, T_ARP = 0x0806, T_V6 = 0x86dd, T_Q = 0x8100, T_AD = 0x88a8, T_OLD_QINQ = 0x9100, T_LLDP = 0x88cc };

/* Link layer */
FRAME(unknown_ethertype, L_ETHERNET, 14, ETHER(T_LLDP), 2, 7, 4, 1, 2, 3);
FRAME(length_802_3, L_ETHERNET, 14, ETHER(3), 0x42, 0x42, 3);
FRAME(tagged_length_802_3, L_ETHERNET, 18, ETHER(T_Q), TAG(5, 3), 0x42, 0x42, 3);
FRAME(tagged, L_ETHERNET, 46, ETHER(T_Q), TAG(0x6064, T_V4), V4(32, 17), UDP(12), PING);
FRAME(service_tagged, L_ETHERNET, 46, ETHER(T_AD), TAG(200, T_V4), V4(32, 17), UDP(12), PING);
FRAME(qinq, L_ETHERNET, 50, ETHER(T_AD), TAG(200, T_Q), TAG(100, T_V4), V4(32, 17), UDP(12), PING);
FRAME(old_qinq, L_ETHERNET, 50, ETHER(T_OLD_QINQ), TAG(300, T_Q), TAG(100, T_V4), V4(32, 17), UDP(12), PING);
FRAME(four_tags, L_ETHERNET, 58, ETHER(T_AD), TAG(1, T_AD), TAG(2, T_Q), TAG(3, T_Q), TAG(4, T_V4), V4(32, 17), UDP(12), PING);
FRAME(five_tags, L_ETHERNET, 30, ETHER(T_AD), TAG(1, T_AD), TAG(2, T_Q), TAG(3, T_Q), TAG(4, T_Q), TAG(5, T_V4), V4(20, 59));
FRAME(raw_v4, L_RAW, 28, V4(32, 17), UDP(12), PING);
FRAME(raw_v6, L_RAW, 48, V6(12, 17), UDP(12), PING);
FRAME(raw_neither, L_RAW, 1, 0x50, 0, 0, 0);
FRAME(null_v4, L_NULL, 32, 2, 0, 0, 0, V4(32, 17), UDP(12), PING);
FRAME(null_v6, L_NULL, 52, 30, 0, 0, 0, V6(12, 17), UDP(12), PING);
FRAME(loop_v4, L_LOOP, 32, 0, 0, 0, 2, V4(32, 17), UDP(12), PING);
FRAME(sll_v4, L_SLL, 44, SLL, HI(T_V4), LO(T_V4), V4(32, 17), UDP(12), PING);
FRAME(sll_tagged_v6, L_SLL, 68, SLL, HI(T_Q), LO(T_Q), TAG(9, T_V6), V6(12, 17), UDP(12), PING);
FRAME(sll_802_2, L_SLL, 16, SLL, 0, 4, 0x42, 0x42, 3);
FRAME(sll2_v6, L_SLL2, 68, SLL2(T_V6), V6(12, 17), UDP(12), PING);

/* Network layer */
FRAME(arp_request, L_ETHERNET, 42, ETHER(T_ARP), ARP(1));
FRAME(arp_reply_tagged, L_ETHERNET, 46, ETHER(T_Q), TAG(7, T_ARP), ARP(2));
FRAME(arp_of_long_addresses, L_ETHERNET, 22, ETHER(T_ARP), 0, 32, 8, 0, 20, 4, 0, 1, 0, 0, 0, 0);
FRAME(v4_options, L_ETHERNET, 46, ETHER(T_V4), V4_WITH(0x46, 36, 0, 17), 0x94, 4, 0, 0, UDP(12), PING);
FRAME(v4_all_options, L_ETHERNET, 82, ETHER(T_V4), V4_WITH(0x4f, 72, 0, 17), NOPS, NOPS, NOPS, NOPS, UDP(12), PING);
FRAME(v4_first_fragment, L_ETHERNET, 42, ETHER(T_V4), V4_WITH(0x45, 36, 0x2000, 17), UDP(100), PING, PING);
FRAME(v4_later_fragment, L_ETHERNET, 34, ETHER(T_V4), V4_WITH(0x45, 28, 0x2002, 17), PING, PING);
FRAME(v4_last_fragment, L_ETHERNET, 34, ETHER(T_V4), V4_WITH(0x45, 24, 0x0003, 17), PING);
FRAME(v4_do_not_fragment, L_ETHERNET, 42, ETHER(T_V4), V4_WITH(0x45, 32, 0x4000, 17), UDP(12), PING);
FRAME(v4_padded, L_ETHERNET, 42, ETHER(T_V4), V4(28, 17), UDP(8), 0, 0, 0, 0, 0, 0, 0, 0);
FRAME(v4_length_zero, L_ETHERNET, 42, ETHER(T_V4), V4(0, 17), UDP(12), PING);
FRAME(v6_udp, L_ETHERNET, 62, ETHER(T_V6), V6(12, 17), UDP(12), PING);
FRAME(v6_hop_by_hop, L_ETHERNET, 70, ETHER(T_V6), V6(20, 0), EXTENSION(17), UDP(12), PING);
FRAME(v6_routing, L_ETHERNET, 78, ETHER(T_V6), V6(28, 43), EXTENSION16(17), UDP(12), PING);
FRAME(v6_first_fragment, L_ETHERNET, 70, ETHER(T_V6), V6(24, 44), FRAGMENT(17, 1), UDP(100), PING, PING);
FRAME(v6_later_fragment, L_ETHERNET, 62, ETHER(T_V6), V6(16, 44), FRAGMENT(17, 0x0011), PING, PING);
FRAME(v6_atomic_fragment, L_ETHERNET, 70, ETHER(T_V6), V6(20, 44), FRAGMENT(17, 0), UDP(12), PING);
FRAME(v6_authentication, L_ETHERNET, 86, ETHER(T_V6), V6(36, 51), AUTHENTICATION(17), UDP(12), PING);
FRAME(v6_destination, L_ETHERNET, 70, ETHER(T_V6), V6(20, 60), EXTENSION(17), UDP(12), PING);
FRAME(v6_mobility, L_ETHERNET, 62, ETHER(T_V6), V6(8, 135), EXTENSION(59));
FRAME(v6_host_identity, L_ETHERNET, 70, ETHER(T_V6), V6(16, 139), EXTENSION16(59));
FRAME(v6_shim6, L_ETHERNET, 70, ETHER(T_V6), V6(20, 140), EXTENSION(17), UDP(12), PING);
FRAME(v6_chain, L_ETHERNET, 126, ETHER(T_V6), V6(72, 0), EXTENSION(60), EXTENSION(43), EXTENSION(44), FRAGMENT(51, 0),
      AUTHENTICATION(60), EXTENSION(17), UDP(12));
FRAME(v6_eight_headers, L_ETHERNET, 126, ETHER(T_V6), V6(76, 0), EXTENSION(60), EXTENSION(60), EXTENSION(60), EXTENSION(60),
      EXTENSION(60), EXTENSION(60), EXTENSION(60), EXTENSION(17), UDP(12), PING);
FRAME(v6_nine_headers, L_ETHERNET, 118, ETHER(T_V6), V6(84, 0), EXTENSION(60), EXTENSION(60), EXTENSION(60), EXTENSION(60),
      EXTENSION(60), EXTENSION(60), EXTENSION(60), EXTENSION(60), EXTENSION(17), UDP(12), PING);

/* Transport layer */
FRAME(tcp_syn, L_ETHERNET, 58, ETHER(T_V4), V4(44, 6), TCP_WITH(6, 2), 2, 4, 5, 0xb4);
FRAME(tcp_push_v6, L_ETHERNET, 74, ETHER(T_V6), V6(24, 6), TCP(0x18), PING);
FRAME(tcp_every_flag, L_ETHERNET, 54, ETHER(T_V4), V4(40, 6), TCP(0xff));
FRAME(udp, L_ETHERNET, 42, ETHER(T_V4), V4(32, 17), UDP(12), PING);
FRAME(udplite, L_ETHERNET, 42, ETHER(T_V4), V4(32, 136), UDP(8), PING);
FRAME(icmp_echo, L_ETHERNET, 42, ETHER(T_V4), V4(32, 1), ICMP(8, 0), PING);
FRAME(icmp_unreachable, L_ETHERNET, 42, ETHER(T_V4), V4(28, 1), ICMP(3, 1));
FRAME(icmpv6_echo, L_ETHERNET, 62, ETHER(T_V6), V6(12, 58), ICMP(129, 0), PING);
FRAME(sctp, L_ETHERNET, 46, ETHER(T_V4), V4(36, 132), SCTP, PING);
FRAME(dccp, L_ETHERNET, 50, ETHER(T_V4), V4(40, 33), DCCP_WITH(4), 0, 0, 0, 2, PING);
FRAME(gre, L_ETHERNET, 34, ETHER(T_V4), V4(28, 47), 0, 0, 8, 0, PING);

/* Contradictory packets; `headers` is the offset of the contradiction */
FRAME(bad_v4_version, L_ETHERNET, 34, ETHER(T_V4), V4_WITH(0x55, 32, 0, 17), UDP(12), PING);
FRAME(bad_v4_header_length, L_ETHERNET, 34, ETHER(T_V4), V4_WITH(0x44, 32, 0, 17), UDP(12), PING);
FRAME(bad_v4_header_beyond_total, L_ETHERNET, 34, ETHER(T_V4), V4_WITH(0x4f, 32, 0, 17), UDP(12), PING);
FRAME(bad_v4_total_length, L_ETHERNET, 34, ETHER(T_V4), V4(19, 17), UDP(12), PING);
FRAME(bad_v4_longer_than_wire, L_ETHERNET, 42, ETHER(T_V4), V4(33, 17), UDP(12), PING);
FRAME(bad_v4_header_in_padding, L_ETHERNET, 34, ETHER(T_V4), V4(24, 6), TCP(2), PING);
FRAME(bad_v6_version, L_ETHERNET, 54, ETHER(T_V6), 0x42, 0, 0, 0, 0, 12, 17, 63, V4_ADDRESSES, V4_ADDRESSES, V4_ADDRESSES,
      V4_ADDRESSES, UDP(12), PING);
FRAME(bad_v6_longer_than_wire, L_ETHERNET, 62, ETHER(T_V6), V6(13, 17), UDP(12), PING);
FRAME(bad_v6_extension_length, L_ETHERNET, 62, ETHER(T_V6), V6(20, 60), 17, 9, 1, 4, 0, 0, 0, 0, UDP(12), PING);
FRAME(bad_v6_ends_in_extension, L_ETHERNET, 62, ETHER(T_V6), V6(8, 0), EXTENSION(60));
FRAME(bad_tcp_offset, L_ETHERNET, 54, ETHER(T_V4), V4(40, 6), TCP_WITH(4, 2));
FRAME(bad_tcp_options_beyond_end, L_ETHERNET, 54, ETHER(T_V4), V4(44, 6), TCP_WITH(15, 2), PING);
FRAME(bad_udp_without_room, L_ETHERNET, 34, ETHER(T_V4), V4(27, 17), 0x30, 0x39, 0, 53, 0, 12, 0);
FRAME(bad_dccp_offset, L_ETHERNET, 46, ETHER(T_V4), V4(36, 33), DCCP_WITH(2), PING);
/* clang-format on */

/* Well-formed packets, then malformed ones. */
static const struct frame *const good_frames[] __attribute__((unused)) = {
	&unknown_ethertype,
	&length_802_3,
	&tagged_length_802_3,
	&tagged,
	&service_tagged,
	&qinq,
	&old_qinq,
	&four_tags,
	&five_tags,
	&raw_v4,
	&raw_v6,
	&raw_neither,
	&null_v4,
	&null_v6,
	&loop_v4,
	&sll_v4,
	&sll_tagged_v6,
	&sll_802_2,
	&sll2_v6,
	&arp_request,
	&arp_reply_tagged,
	&arp_of_long_addresses,
	&v4_options,
	&v4_all_options,
	&v4_first_fragment,
	&v4_later_fragment,
	&v4_last_fragment,
	&v4_do_not_fragment,
	&v4_padded,
	&v4_length_zero,
	&v6_udp,
	&v6_hop_by_hop,
	&v6_routing,
	&v6_first_fragment,
	&v6_later_fragment,
	&v6_atomic_fragment,
	&v6_authentication,
	&v6_destination,
	&v6_mobility,
	&v6_host_identity,
	&v6_shim6,
	&v6_chain,
	&v6_eight_headers,
	&v6_nine_headers,
	&tcp_syn,
	&tcp_push_v6,
	&tcp_every_flag,
	&udp,
	&udplite,
	&icmp_echo,
	&icmp_unreachable,
	&icmpv6_echo,
	&sctp,
	&dccp,
	&gre,
};

static const struct frame *const bad_frames[] __attribute__((unused)) = {
	&bad_v4_version,           &bad_v4_header_length,    &bad_v4_header_beyond_total,
	&bad_v4_total_length,      &bad_v4_longer_than_wire, &bad_v4_header_in_padding,
	&bad_v6_version,           &bad_v6_longer_than_wire, &bad_v6_extension_length,
	&bad_v6_ends_in_extension, &bad_tcp_offset,          &bad_tcp_options_beyond_end,
	&bad_udp_without_room,     &bad_dccp_offset,
};

enum {
	GOOD_FRAMES = sizeof(good_frames) / sizeof(good_frames[0]),
	BAD_FRAMES = sizeof(bad_frames) / sizeof(bad_frames[0]),
};
