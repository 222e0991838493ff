/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "pcapng_cooked.h"

#include <string.h>

#include "link_type.h"

enum {
	ETHERNET_HEADER = 14,
	ETHERNET_TYPES = 0x600, /* below, the field is a length (IEEE 802.3) */
	IPV4 = 0x0800,
	IPV6 = 0x86dd,
	VLAN = 0x8100,
	IEEE_802_2 = 4, /* LINUX_SLL_P_802_2 */
	HARDWARE_ETHERNET = 1,
	HARDWARE_NONE = 0xfffe,
};

/* Linux's PACKET_*, one byte in the header. */
enum { TO_HOST = 0, BROADCAST = 1, MULTICAST = 2, OUTGOING = 4 };

bool pcapng_is_cooked(__u16 link_type)
{
	return link_type == LINK_ETHERNET || link_type == LINK_RAW;
}

/* If the event lacks the packet's bytes, use the decoded fields. */
static __u16 protocol_of(const struct ebpfi_packet *p, const __u8 *data, __u32 len)
{
	__u16 type;

	if (p->link_type == LINK_RAW)
		return p->ethertype ? p->ethertype : len && data[0] >> 4 == 6 ? IPV6 : IPV4;
	if (len < ETHERNET_HEADER)
		return p->vlan_count ? VLAN : p->ethertype;
	type = (__u16)(data[12] << 8 | data[13]);
	return type < ETHERNET_TYPES ? IEEE_802_2 : type;
}

static __u8 type_of(const struct ebpfi_packet *p)
{
	static const __u8 all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	if (p->event.direction == EBPFI_DIRECTION_EGRESS)
		return OUTGOING;
	if (!memcmp(p->eth_dst, all, sizeof(all)))
		return BROADCAST;
	return p->eth_dst[0] & 1 ? MULTICAST : TO_HOST;
}

static void put16(__u8 *at, __u16 n)
{
	at[0] = (__u8)(n >> 8);
	at[1] = (__u8)n;
}

void pcapng_cook(const struct ebpfi_packet *p, struct cooked *to)
{
	const __u8 *data = ebpfi_packet_data(p);
	__u32 skip = p->link_type == LINK_ETHERNET ? ETHERNET_HEADER : 0;

	memset(to->header, 0, sizeof(to->header));
	put16(to->header, protocol_of(p, data, p->data_len));
	put16(to->header + 4, (__u16)(p->event.ifindex >> 16));
	put16(to->header + 6, (__u16)p->event.ifindex);
	put16(to->header + 8, skip ? HARDWARE_ETHERNET : HARDWARE_NONE);
	to->header[10] = type_of(p);
	to->header[11] = skip ? sizeof(p->eth_src) : 0;
	memcpy(to->header + 12, p->eth_src, sizeof(p->eth_src));
	to->data = p->data_len > skip ? data + skip : NULL;
	to->len = p->data_len > skip ? p->data_len - skip : 0;
	to->wire_len = COOKED_HEADER + (p->packet_len > skip ? p->packet_len - skip : 0);
}
