/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The user half of `packet`: text like tcpdump's, JSON with OpenTelemetry's names. */
#include <netinet/in.h>
#include <string.h>

#include "address.h"
#include "inspector.h"
#include "packet.skel.h"

extern const struct native_inspector native_packet;

enum { IPV4 = 0x0800, ARP = 0x0806, IPV6 = 0x86dd };

static const struct ebpfi_packet *packet_of(const struct ebpfi_event *event)
{
	return (const struct ebpfi_packet *)event;
}

static void put_mac(struct text *t, const __u8 *at)
{
	int i;

	for (i = 0; i < 6; i++) {
		if (i)
			text_put_char(t, ':');
		text_put_hex(t, at[i], 2);
	}
}

static void put_end(struct text *t, const struct ebpfi_packet *p, const __u8 *address, __u16 port)
{
	if (p->flags & EBPFI_PACKET_PORTS)
		put_endpoint(t, p->ethertype, address, port);
	else
		put_address(t, p->ethertype, address);
}

static const char *network_name(const struct ebpfi_packet *p)
{
	return p->ethertype == IPV4 ? "ipv4" : p->ethertype == IPV6 ? "ipv6" : p->ethertype == ARP ? "arp" : NULL;
}

static const char *transport_name(__u8 proto)
{
	switch (proto) {
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_ICMPV6:
		return "ipv6-icmp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_UDPLITE:
		return "udplite";
	}
	return NULL;
}

static const char *icmp_name(const struct ebpfi_packet *p)
{
	bool v6 = p->ip_proto == IPPROTO_ICMPV6;

	if (p->icmp_type == (v6 ? 128 : 8))
		return "echo request";
	if (p->icmp_type == (v6 ? 129 : 0))
		return "echo reply";
	if (p->icmp_type == (v6 ? 1 : 3))
		return "unreachable";
	if (p->icmp_type == (v6 ? 3 : 11))
		return "time exceeded";
	if (v6 && p->icmp_type == 135)
		return "neighbor solicitation";
	if (v6 && p->icmp_type == 136)
		return "neighbor advertisement";
	return NULL;
}

/* tcpdump's letters, in its order. */
static void put_tcp_flags(struct text *t, __u8 flags)
{
	static const char letters[] = "FSRP.UEW";
	int i;

	if (!flags)
		text_put(t, "none");
	for (i = 0; i < 8; i++)
		if (flags & 1 << i)
			text_put_char(t, letters[i]);
}

static void str_tcp(struct text *t, const struct ebpfi_packet *p)
{
	text_put(t, "Flags [");
	put_tcp_flags(t, p->tcp_flags);
	text_put(t, "], seq ");
	text_put_uint(t, p->tcp_seq);
	if (p->tcp_flags & 16) {
		text_put(t, ", ack ");
		text_put_uint(t, p->tcp_ack);
	}
	text_put(t, ", win ");
	text_put_uint(t, p->tcp_window);
}

static void str_icmp(struct text *t, const struct ebpfi_packet *p)
{
	const char *name = icmp_name(p);

	text_put(t, p->ip_proto == IPPROTO_ICMP ? "ICMP " : "ICMP6 ");
	if (name)
		text_put(t, name);
	else
		text_printf(t, "type %u code %u", p->icmp_type, p->icmp_code);
}

/* ICMP type 0 is valid, so check that the header was read. */
static bool has_icmp(const struct ebpfi_packet *p)
{
	return (p->ip_proto == IPPROTO_ICMP || p->ip_proto == IPPROTO_ICMPV6) && p->payload_offset && !p->fragment_offset;
}

/* As tcpdump counts: the payload, and for ICMP also its header. */
static __u32 length_of(const struct ebpfi_packet *p)
{
	return p->payload_len + (has_icmp(p) ? p->payload_offset - p->l4_offset : 0);
}

static void str_transport(struct text *t, const struct ebpfi_packet *p)
{
	const char *name = transport_name(p->ip_proto);

	if (p->fragment_offset || !name)
		text_printf(t, "%s%s%u", name ? name : "ip-proto-", name ? " fragment at " : "",
			    name ? p->fragment_offset : p->ip_proto);
	else if (p->ip_proto == IPPROTO_TCP && p->flags & EBPFI_PACKET_PORTS)
		str_tcp(t, p);
	else if (has_icmp(p))
		str_icmp(t, p);
	else
		text_put(t, p->ip_proto == IPPROTO_UDP ? "UDP" : p->ip_proto == IPPROTO_SCTP ? "SCTP" : name);
	text_put(t, ", length ");
	text_put_uint(t, length_of(p));
}

static void str_ip(struct text *t, const struct ebpfi_packet *p)
{
	text_put(t, p->ethertype == IPV6 ? "IP6 " : "IP ");
	put_end(t, p, p->src, p->src_port);
	text_put(t, " > ");
	put_end(t, p, p->dst, p->dst_port);
	text_put(t, ": ");
	str_transport(t, p);
}

static void str_arp(struct text *t, const struct ebpfi_packet *p)
{
	text_put(t, "ARP, ");
	if (p->arp_op == 1 || p->arp_op == 2)
		text_put(t, p->arp_op == 1 ? "Request who-has " : "Reply ");
	else
		text_printf(t, "operation %u ", p->arp_op);
	put_address(t, p->ethertype, p->arp_op == 2 ? p->src : p->dst);
	text_put(t, p->arp_op == 2 ? " is-at " : " tell ");
	if (p->arp_op == 2)
		put_mac(t, p->eth_src);
	else
		put_address(t, p->ethertype, p->src);
	text_printf(t, ", length %u", p->packet_len - p->l3_offset);
}

static void str_other(struct text *t, const struct ebpfi_packet *p)
{
	put_mac(t, p->eth_src);
	text_put(t, " > ");
	put_mac(t, p->eth_dst);
	text_printf(t, ", ethertype 0x%04x, length %u", p->ethertype, p->packet_len);
}

static void str_vlans(struct text *t, const struct ebpfi_packet *p)
{
	int i;

	for (i = 0; i < p->vlan_count && i < 2; i++) {
		text_put(t, "vlan ");
		text_put_uint(t, p->vlan_tci[i] & 0xfff);
		text_put(t, ", ");
	}
}

static const char *direction_name(const struct ebpfi_event *event)
{
	return event->direction == EBPFI_DIRECTION_INGRESS ? "In  " : event->direction == EBPFI_DIRECTION_EGRESS ? "Out " : "";
}

static void str_packet(struct text *t, const struct ebpfi_event *event)
{
	const struct ebpfi_packet *p = packet_of(event);

	text_put(t, direction_name(event));
	str_vlans(t, p);
	if (!(p->flags & EBPFI_PACKET_ADDRESSES))
		str_other(t, p);
	else if (p->ethertype == ARP)
		str_arp(t, p);
	else
		str_ip(t, p);
	if (p->flags & EBPFI_PACKET_TRUNCATED)
		text_put(t, " [truncated]");
	if (p->flags & EBPFI_PACKET_MALFORMED)
		text_put(t, " [malformed]");
}

static void json_address(struct json *j, const char *name, const struct ebpfi_packet *p, const __u8 *address)
{
	json_name(j, name);
	text_put_char(j->text, '"');
	put_address(j->text, p->ethertype, address);
	text_put_char(j->text, '"');
}

static void json_ends(struct json *j, const struct ebpfi_packet *p)
{
	if (p->flags & EBPFI_PACKET_PORTS) {
		json_endpoint(j, "source", p->ethertype, p->src, p->src_port);
		json_endpoint(j, "destination", p->ethertype, p->dst, p->dst_port);
		return;
	}
	json_address(j, "source.address", p, p->src);
	json_address(j, "destination.address", p, p->dst);
}

static void json_mac(struct json *j, const char *name, const __u8 *address)
{
	json_name(j, name);
	text_put_char(j->text, '"');
	put_mac(j->text, address);
	text_put_char(j->text, '"');
}

static void json_vlans(struct json *j, const struct ebpfi_packet *p)
{
	if (p->vlan_count)
		json_uint(j, "vlan.id", p->vlan_tci[0] & 0xfff);
	if (p->vlan_count > 1)
		json_uint(j, "vlan.inner.id", p->vlan_tci[1] & 0xfff);
}

static void json_tcp(struct json *j, const struct ebpfi_packet *p)
{
	json_name(j, "tcp.flags");
	text_put_char(j->text, '"');
	put_tcp_flags(j->text, p->tcp_flags);
	text_put_char(j->text, '"');
	json_uint(j, "tcp.seq", p->tcp_seq);
	json_uint(j, "tcp.ack", p->tcp_ack);
	json_uint(j, "tcp.window", p->tcp_window);
}

static void json_transport(struct json *j, const struct ebpfi_packet *p)
{
	const char *name = transport_name(p->ip_proto);

	if (name)
		json_string(j, "network.transport", name);
	json_uint(j, "ip.protocol", p->ip_proto);
	if (p->ip_proto == IPPROTO_TCP && p->flags & EBPFI_PACKET_PORTS)
		json_tcp(j, p);
	if (has_icmp(p)) {
		json_uint(j, "icmp.type", p->icmp_type);
		json_uint(j, "icmp.code", p->icmp_code);
	}
	if (p->flags & EBPFI_PACKET_FRAGMENT)
		json_uint(j, "ip.fragment.offset", p->fragment_offset);
	json_uint(j, "payload.length", p->payload_len);
}

/* The packet's problems as a list of words. */
static void json_flags(struct json *j, const struct ebpfi_packet *p)
{
	static const char *const names[] = { "fragment", "truncated", "malformed", NULL, NULL, NULL, NULL, "deep" };
	const char *comma = "";
	unsigned int i;

	if (!(p->flags & (EBPFI_PACKET_FRAGMENT | EBPFI_PACKET_TRUNCATED | EBPFI_PACKET_MALFORMED | EBPFI_PACKET_DEEP)))
		return;
	json_name(j, "packet.flags");
	text_put_char(j->text, '[');
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (p->flags & 1U << i && names[i]) {
			text_printf(j->text, "%s\"%s\"", comma, names[i]);
			comma = ",";
		}
	text_put_char(j->text, ']');
}

static void json_link(struct json *j, const struct ebpfi_packet *p)
{
	static const __u8 none[6];

	if (memcmp(p->eth_src, none, 6) || memcmp(p->eth_dst, none, 6)) {
		json_mac(j, "source.mac", p->eth_src);
		json_mac(j, "destination.mac", p->eth_dst);
	}
	json_vlans(j, p);
	if (network_name(p))
		json_string(j, "network.type", network_name(p));
	json_uint(j, "ethertype", p->ethertype);
	json_uint(j, "packet.length", p->packet_len);
}

static void json_packet(struct json *j, const struct ebpfi_event *event)
{
	const struct ebpfi_packet *p = packet_of(event);

	json_link(j, p);
	if (p->flags & EBPFI_PACKET_ADDRESSES)
		json_ends(j, p);
	if (p->ethertype == ARP)
		json_uint(j, "arp.operation", p->arp_op);
	else if (p->flags & EBPFI_PACKET_ADDRESSES)
		json_transport(j, p);
	json_flags(j, p);
}

static const struct inspector_option options[] = {
	{ "snaplen", "bytes of each packet that its event carries", .knob = "snaplen", .max = 65535 },
	{ "sample", "one packet in so many makes an event", .knob = "sample", .max = UINT32_MAX },
	{ 0 },
};

const struct inspector inspector_packet = {
	.name = "packet",
	.object = packet_bpf__elf_bytes,
	.native = &native_packet,
	.options = options,
	.first_kind = EBPFI_EVENT_PACKET,
	.last_kind = EBPFI_EVENT_PACKET,
	.event_size = sizeof(struct ebpfi_packet),
	.str = str_packet,
	.json = json_packet,
};
