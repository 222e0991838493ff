/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Transport layer: each parser moves the cursor to the payload and returns 0, or -1 if the bytes end or are inconsistent. */
#pragma once

#include "parse/ip.h"

enum {
	TCP_SIZE = 20, /* without options */
	DCCP_SIZE = 12,
};

enum {
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_DCCP = 33,
	PROTO_ICMPV6 = 58,
	PROTO_SCTP = 132,
	PROTO_UDPLITE = 136,
};

static __always_inline void note_ports(struct decode *d, const __u8 *header)
{
	d->event.src_port = be16(header);
	d->event.dst_port = be16(header + 2);
	d->event.flags |= EBPFI_PACKET_PORTS;
}

/* RFC 9293 3.1 */
static __always_inline int parse_tcp(const struct pkt *p, struct decode *d)
{
	__u32 start = d->at, header;
	const __u8 *tcp;

	if (read_bytes(p, d, TCP_SIZE))
		return -1;
	tcp = last_bytes(d);
	note_ports(d, tcp);
	d->event.tcp_seq = be32(tcp + 4);
	d->event.tcp_ack = be32(tcp + 8);
	d->event.tcp_flags = tcp[13];
	d->event.tcp_window = be16(tcp + 14);
	header = (tcp[12] >> 4) * 4;
	if (header < TCP_SIZE)
		return malformed(d);
	return skip_to(p, d, start + header);
}

/* RFC 4340 5.1: 12 bytes, or 16 with long sequence numbers, then fields of the type and options */
static __always_inline int parse_dccp(const struct pkt *p, struct decode *d)
{
	__u32 start = d->at, header;
	const __u8 *dccp;

	if (read_bytes(p, d, DCCP_SIZE))
		return -1;
	dccp = last_bytes(d);
	note_ports(d, dccp);
	header = dccp[4] * 4;
	if (header < DCCP_SIZE)
		return malformed(d);
	return skip_to(p, d, start + header);
}

/* UDP (RFC 768), UDP-Lite (RFC 3828): 8 bytes; SCTP (RFC 9260): 12 */
static __always_inline int parse_ports(const struct pkt *p, struct decode *d, __u32 size)
{
	if (read_bytes(p, d, size))
		return -1;
	note_ports(d, last_bytes(d));
	return 0;
}

/* RFC 792, RFC 4443: type and code, then 6 bytes that depend on the type */
static __always_inline int parse_icmp(const struct pkt *p, struct decode *d)
{
	const __u8 *header;

	if (read_bytes(p, d, 8))
		return -1;
	header = last_bytes(d);
	d->event.icmp_type = header[0];
	d->event.icmp_code = header[1];
	return 0;
}

static __always_inline int parse_transport_header(const struct pkt *p, struct decode *d)
{
	/* A later fragment has no transport header. */
	switch (d->event.fragment_offset ? 0 : d->event.ip_proto) {
	case PROTO_TCP:
		return parse_tcp(p, d);
	case PROTO_UDP:
	case PROTO_UDPLITE:
		return parse_ports(p, d, 8);
	case PROTO_SCTP:
		return parse_ports(p, d, 12);
	case PROTO_DCCP:
		return parse_dccp(p, d);
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		return parse_icmp(p, d);
	}
	return 0;
}

static __always_inline int parse_transport(const struct pkt *p, struct decode *d)
{
	if (parse_transport_header(p, d))
		return -1;
	d->event.payload_offset = d->at;
	d->event.payload_len = d->end - d->at;
	return 0;
}
