/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Event records: what an inspector says about a packet. This is the one layout that the BPF programs, the library and the
 * host share; it is included by all three, so it holds fixed-width integers only.
 *
 * Every record begins with struct ebpfi_event; its `kind` says which structure it begins. Structures grow at their end only:
 * a record is valid for the `len` bytes it names, and a host reads a field that a later release added only where `len`
 * reaches it. Integers are in host byte order unless a field says otherwise. A record that a callback receives belongs to
 * the library and dies when the callback returns.
 */
#ifndef EBPFINSPECT_EVENT_H
#define EBPFINSPECT_EVENT_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a packet was seen. */
enum ebpfi_hook {
	EBPFI_HOOK_ANY = 0,       /* as an option: the inspector's own choice; in an event: a capture file */
	EBPFI_HOOK_XDP = 1,       /* before the stack, ingress only */
	EBPFI_HOOK_TC = 2,        /* tc or tcx, ingress */
	EBPFI_HOOK_TC_EGRESS = 3, /* tc or tcx, egress */
	EBPFI_HOOK_SOCKET = 4,    /* socket filter on a packet socket, both directions */
};

enum ebpfi_direction {
	EBPFI_DIRECTION_UNKNOWN = 0,
	EBPFI_DIRECTION_INGRESS = 1,
	EBPFI_DIRECTION_EGRESS = 2,
};

/* What the inspector decided about the packet. An observer always passes. */
enum ebpfi_verdict {
	EBPFI_VERDICT_PASS = 0,
	EBPFI_VERDICT_DROP = 1,
	EBPFI_VERDICT_REDIRECT = 2, /* the packet went to another interface, or back to where it came from */
};

enum ebpfi_event_kind {
	EBPFI_EVENT_PACKET = 1,         /* struct ebpfi_packet */
	EBPFI_EVENT_HTTP_REQUEST = 16,  /* struct ebpfi_http, when a request's head is complete */
	EBPFI_EVENT_HTTP_RESPONSE = 17, /* struct ebpfi_http, when a response is complete, or the connection ends in it */
	EBPFI_EVENT_HTTP_BROKEN = 18, /* struct ebpfi_http, when a direction cannot be read on: what there was of the message */
	/* 19 is between the programs and the library, no host receives it. */
	EBPFI_EVENT_LINK = 256, /* struct ebpfi_link_event; from the library, not from a program */
};

/* The head of every record. */
struct ebpfi_event {
	__u32 len;      /* bytes of the whole record, this head included */
	__u16 kind;     /* enum ebpfi_event_kind */
	__u8 hook;      /* enum ebpfi_hook */
	__u8 direction; /* enum ebpfi_direction */
	__u64 time_ns;  /* nanoseconds since 1970-01-01 00:00 UTC; of the capture in a replay */
	__u32 ifindex;  /* of the namespace the link is in; 0: unknown */
	__u8 verdict;   /* enum ebpfi_verdict */
	__u8 reserved[3];
};

/* struct ebpfi_packet: flags */
enum ebpfi_packet_flag {
	EBPFI_PACKET_FRAGMENT = 1 << 0,      /* an IP fragment; ports only in the first (RFC 791, RFC 8200 4.5) */
	EBPFI_PACKET_TRUNCATED = 1 << 1,     /* the capture ends before the headers do */
	EBPFI_PACKET_MALFORMED = 1 << 2,     /* the packet contradicts itself, or ends before its headers do */
	EBPFI_PACKET_NO_LINK = 1 << 3,       /* no link-layer header: data begins at IP */
	EBPFI_PACKET_ADDRESSES = 1 << 4,     /* src and dst are set */
	EBPFI_PACKET_PORTS = 1 << 5,         /* src_port and dst_port are set */
	EBPFI_PACKET_TAG_OFFLOADED = 1 << 6, /* the outer VLAN tag had been moved to metadata; it is back in data */
	EBPFI_PACKET_DEEP = 1 << 7,          /* more VLAN tags or IPv6 extension headers than are walked (4, 8) */
};

/*
 * One packet. Decoding stops at the first thing that cannot be read; what was read until then is set, the rest is zero and
 * a flag says why. Offsets count from the first byte of data; 0 means "not reached" for all but l3_offset.
 */
struct ebpfi_packet {
	struct ebpfi_event event;
	__u8 src[16], dst[16];       /* IPv6, or IPv4-mapped IPv6 (RFC 4291 2.5.5.2); ARP: sender and target */
	__u8 eth_src[6], eth_dst[6]; /* zero where the link has none */
	__u16 src_port, dst_port;    /* TCP, UDP, SCTP, UDP-Lite, DCCP */
	__u16 ethertype;             /* of the layer above the VLAN tags; 0: none (IEEE 802.3 length field) */
	__u8 ip_proto;               /* IANA protocol number of the transport, after extension headers; 0 with none */
	__u8 tcp_flags;              /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128 */
	__u32 tcp_seq, tcp_ack;
	__u16 tcp_window;          /* as on the wire, unscaled */
	__u8 icmp_type, icmp_code; /* ICMP and ICMPv6 */
	__u16 arp_op;              /* 1 request, 2 reply */
	__u8 ip_ttl;               /* or hop limit */
	__u8 ip_tos;               /* or traffic class */
	__u32 packet_len;          /* bytes on the wire, VLAN tags included, frame check sequence not */
	__u32 payload_len;         /* bytes above the transport header, by the IP header's own length */
	__u32 data_len;            /* bytes of the packet at data: at most snaplen */
	__u16 data_offset;         /* from the start of this record to data: use ebpfi_packet_data() */
	__u16 flags;               /* enum ebpfi_packet_flag */
	__u16 vlan_tci[2];         /* outer and inner tag: PCP, DEI and VLAN ID (IEEE 802.1Q) */
	__u16 link_type;           /* LINKTYPE_ of data: 1 Ethernet, 101 begins at IP, others in a replay only */
	__u16 l3_offset, l4_offset, payload_offset;
	__u32 ip_id;           /* IPv4, or of the IPv6 fragment header */
	__u16 fragment_offset; /* bytes */
	__u16 segments;        /* of a GSO or GRO super-packet; 1 otherwise */
	__u8 vlan_count;       /* tags there were, in band or offloaded */
	__u8 reserved[7];
};

/* What became of an interface that a watch matches. VANISHED comes of every link, whether a watch made it or not. */
enum ebpfi_link_what {
	EBPFI_LINK_ATTACHED = 1,
	EBPFI_LINK_FAILED = 2,  /* not attached; tried again when the interface is set up, its MTU changes, or it returns */
	EBPFI_LINK_RENAMED = 3, /* attached as before, under a new name */
	EBPFI_LINK_VANISHED =
		4, /* the interface is gone; of a watch, the link is detached, also when a new name does not match */
};

/* An interface that came or went. The event's ifindex is the interface's. */
struct ebpfi_link_event {
	struct ebpfi_event event;
	__s32 link;       /* its link; 0 when it failed */
	__s32 watch;      /* the link that ebpfi_attach() returned for the watch; 0: no watch made the link */
	__u32 what;       /* enum ebpfi_link_what */
	char name[16];    /* of the interface, terminated */
	char reason[256]; /* why it failed or vanished, terminated; else "" */
	__u32 reserved;
};

/* The first `data_len` bytes of the packet, link-layer header first; NULL when none were asked for. */
static inline const __u8 *ebpfi_packet_data(const struct ebpfi_packet *packet)
{
	return packet->data_len ? (const __u8 *)packet + packet->data_offset : (const __u8 *)0;
}

/* The texts of an HTTP message, in the order in which they lie in `text`: those of a response, of any request, and the longest. */
enum ebpfi_http_field {
	EBPFI_HTTP_CONTENT_TYPE,
	EBPFI_HTTP_UPGRADE,
	EBPFI_HTTP_METHOD,
	EBPFI_HTTP_AUTHORIZATION, /* the scheme; never the credentials */
	EBPFI_HTTP_HOST,
	EBPFI_HTTP_USER_AGENT,
	EBPFI_HTTP_TARGET, /* path and query, as sent */
	EBPFI_HTTP_FIELDS = 8,
};

/* What is ambiguous or wrong about a message: a bit each in `anomalies`. Those up to EBPFI_HTTP_SMUGGLING let two readers disagree. */
enum ebpfi_http_anomaly {
	EBPFI_HTTP_BOTH_LENGTHS = 1,        /* Content-Length and Transfer-Encoding (RFC 9112 6.3) */
	EBPFI_HTTP_LENGTHS_DIFFER = 2,      /* more than one Content-Length (RFC 9110 8.6) */
	EBPFI_HTTP_BAD_LENGTH = 3,          /* no number, or too large (RFC 9110 8.6) */
	EBPFI_HTTP_BAD_CODING = 4,          /* Transfer-Encoding that does not end in chunked (RFC 9112 6.3); any in HTTP/2 */
	EBPFI_HTTP_OLD_CODING = 5,          /* Transfer-Encoding in HTTP/1.0 (RFC 9112 6.1) */
	EBPFI_HTTP_BAD_CHUNK = 6,           /* chunk size or its line end (RFC 9112 7.1) */
	EBPFI_HTTP_FOLDED = 7,              /* header line folding (RFC 9112 5.2) */
	EBPFI_HTTP_BARE_CR = 8,             /* RFC 9112 2.2 */
	EBPFI_HTTP_BARE_LF = 9,             /* RFC 9112 2.2 */
	EBPFI_HTTP_CONTROL = 10,            /* NUL or another control character (RFC 9110 5.5) */
	EBPFI_HTTP_SPACE_BEFORE_COLON = 11, /* RFC 9112 5.1 */
	EBPFI_HTTP_BAD_NAME = 12,           /* a header line without a field name (RFC 9112 5.1, RFC 9113 8.2.1) */
	EBPFI_HTTP_HOSTS = 13,              /* more than one Host (RFC 9112 3.2); in HTTP/2, two that differ */
	EBPFI_HTTP_SMUGGLING = 15,          /* no anomaly: the last number of those that let readers disagree */
	EBPFI_HTTP_NO_HOST = 16,            /* HTTP/1.1 without Host (RFC 9112 3.2) */
	EBPFI_HTTP_BAD_LINE = 17,           /* request or status line (RFC 9112 3, 4) */
	EBPFI_HTTP_BAD_VERSION = 18,        /* RFC 9112 2.3 */
	EBPFI_HTTP_BAD_TARGET = 19,         /* a character that no target has (RFC 9112 3.2) */
	EBPFI_HTTP_BAD_PERCENT = 20,        /* a percent sign without two digits (RFC 3986 2.1) */
	EBPFI_HTTP_DOT_SEGMENT = 21,        /* "." or ".." as a path segment, encoded or not (RFC 3986 3.3) */
	EBPFI_HTTP_EMPTY_LINE = 22,         /* before a request line (RFC 9112 2.2) */
	EBPFI_HTTP_GAP = 23,                /* segments were not seen; what is here may be incomplete */
	EBPFI_HTTP_MIDSTREAM = 24,          /* the connection was picked up after its beginning */
	EBPFI_HTTP_UNPAIRED = 25,           /* a response whose request was not seen */
	EBPFI_HTTP_CUT_OFF = 26,            /* the connection ended in the middle of the message (RFC 9112 8) */
	EBPFI_HTTP_FRAGMENT = 27,           /* IP fragments, of which only the first was read */
	EBPFI_HTTP_HPACK_LOST =
		28,                /* HTTP/2: fields are left out that stand in a part of the dynamic table that was not seen */
	EBPFI_HTTP_RESET = 29,     /* HTTP/2: the stream was reset before the response was complete (RFC 9113 6.4) */
	EBPFI_HTTP_BAD_FRAME = 30, /* HTTP/2: what no frame or header block can be (RFC 9113 4) */
	EBPFI_HTTP_LARGE_BLOCK = 31, /* HTTP/2: fields beyond 64 KiB of a header block are left out (RFC 9113 10.5.1) */
	EBPFI_HTTP_TEXT_LOST =
		32, /* all text of a request that was cut between segments, but for its method, is not known any more */
};

/*
 * One HTTP message. A request's event comes when its head is complete, a response's when its body is. Both of a transaction have
 * the same `connection` and `number`. HTTP/2 has streams: there `number` is the stream's, even where the server pushed it.
 */
struct ebpfi_http {
	struct ebpfi_event event;
	__u8 src[16], dst[16]; /* of the message: client to server, or back; as in struct ebpfi_packet */
	__u16 src_port, dst_port;
	__u16 ethertype;
	__u16 status;          /* 0 in a request */
	__u64 connection;      /* the same for all messages of a connection, different for others seen at the time */
	__u64 anomalies;       /* enum ebpfi_http_anomaly, a bit each */
	__u64 request_time_ns; /* first byte of the request; 0: not seen */
	__u64 first_byte_ns;   /* from the request's first byte to the response's */
	__u64 duration_ns;     /* from the request's first byte to the response's last */
	__u64 request_bytes, response_bytes; /* of the bodies as sent, chunk sizes and padding not counted */
	__u32 number;                        /* of the request in its connection, from 1; 0: not known */
	__u8 major, minor;                   /* version; 0.9: no version */
	__u8 reserved[2];
	__s32 grpc_status;             /* what a gRPC response ends with, 0 is OK; -1: nothing */
	__u32 reset_code;              /* of RST_STREAM, where EBPFI_HTTP_RESET is set (RFC 9113 7) */
	__u16 used[EBPFI_HTTP_FIELDS]; /* bytes of each text that were there: more than its room where it was cut */
	__u8 text[1024];               /* see ebpfi_http_text(); a record ends before it where the rest is not used */
};

/* Where a field's text begins, and its room. */
static inline unsigned int ebpfi_http_base(unsigned int field)
{
	return field == EBPFI_HTTP_CONTENT_TYPE    ? 0
	       : field == EBPFI_HTTP_UPGRADE       ? 64
	       : field == EBPFI_HTTP_METHOD        ? 88
	       : field == EBPFI_HTTP_AUTHORIZATION ? 112
	       : field == EBPFI_HTTP_HOST          ? 136
	       : field == EBPFI_HTTP_USER_AGENT    ? 264
	       : field == EBPFI_HTTP_TARGET        ? 392
						   : 904;
}

static inline unsigned int ebpfi_http_room(unsigned int field)
{
	return ebpfi_http_base(field + 1) - ebpfi_http_base(field);
}

/* A field's text, not terminated; its length, at most its room, in *length. */
static inline const char *ebpfi_http_text(const struct ebpfi_http *http, enum ebpfi_http_field field, unsigned int *length)
{
	unsigned int room = ebpfi_http_room(field);

	*length = http->used[field] < room ? http->used[field] : room;
	return (const char *)http->text + ebpfi_http_base(field);
}

/*
 * The loss ledger of one inspector on one CPU: each packet it saw is in exactly one of the next five, so
 * seen = delivered + filtered + sampled + lost_ring + lost_map holds at any quiet moment. The others say more about
 * packets that were delivered.
 */
struct ebpfi_ledger {
	__u64 seen;
	__u64 delivered; /* a record was written for the host */
	__u64 filtered;  /* refused by the filter */
	__u64 sampled;   /* left out by sampling */
	__u64 lost_ring; /* there was no room in the ring buffer, where all goes that has none in the CPU's own */
	__u64 lost_map;  /* a state map was full */
	__u64 truncated; /* delivered, with EBPFI_PACKET_TRUNCATED */
	__u64 malformed; /* delivered, with EBPFI_PACKET_MALFORMED */
	__u64 cut;       /* delivered, with fewer bytes of data than the packet has (snaplen) */
};

#ifdef __cplusplus
}
#endif
#endif
