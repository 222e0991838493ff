/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Event records: what an inspector reports about a packet. The BPF programs, the library and the host share this one layout, so
 * it consists of fixed-width integers.
 *
 * Every record begins with struct ebpfi_event. Its `kind` names the structure that it begins. Structures grow at their end
 * only: a record is valid for `len` bytes, and a host reads a field of a later release only if `len` reaches it. Integers are
 * in host byte order unless a field says otherwise. A record that a callback receives is valid until the callback returns.
 */
#ifndef EBPFINSPECT_EVENT_H
#define EBPFINSPECT_EVENT_H

#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a packet was seen. */
enum ebpfi_hook {
	EBPFI_HOOK_ANY = 0,       /* option: the inspector's default; event: from a capture file */
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

/* The inspector's decision about the packet. An observer always passes it. */
enum ebpfi_verdict {
	EBPFI_VERDICT_PASS = 0,
	EBPFI_VERDICT_DROP = 1,
	EBPFI_VERDICT_REDIRECT = 2, /* sent out of another interface, or back where it came from */
};

enum ebpfi_event_kind {
	EBPFI_EVENT_PACKET = 1,           /* struct ebpfi_packet */
	EBPFI_EVENT_HTTP_REQUEST = 16,    /* struct ebpfi_http: the head of a request is complete */
	EBPFI_EVENT_HTTP_RESPONSE = 17,   /* struct ebpfi_http: a response is complete, or the connection ended within it */
	EBPFI_EVENT_HTTP_BROKEN = 18,     /* struct ebpfi_http: a message that cannot be read further, as far as it was read */
	EBPFI_EVENT_HTTP_UNANSWERED = 19, /* struct ebpfi_http: a request without a response; `reason` says why */
	EBPFI_EVENT_HTTP_HEAD = 20,       /* struct ebpfi_http: the head of a response is complete (option "heads") */
	EBPFI_EVENT_HTTP_OPEN = 21, /* struct ebpfi_http: a message that was still arriving when the capture or session ended */
	/* 30 and 31 are used between the programs and the library. No host receives them. */
	EBPFI_EVENT_LINK = 256, /* struct ebpfi_link_event; from the library, not from a program */
};

/* The head of every record. */
struct ebpfi_event {
	__u32 len;      /* bytes of the record, including this head */
	__u16 kind;     /* enum ebpfi_event_kind */
	__u8 hook;      /* enum ebpfi_hook */
	__u8 direction; /* enum ebpfi_direction */
	__u64 time_ns;  /* nanoseconds since 1970-01-01 00:00 UTC; in a replay the capture's time */
	__u32 ifindex;  /* in the network namespace of the link; 0: unknown */
	__u8 verdict;   /* enum ebpfi_verdict */
	__u8 reserved[3];
};

/* struct ebpfi_packet: flags */
enum ebpfi_packet_flag {
	EBPFI_PACKET_FRAGMENT = 1 << 0,      /* an IP fragment; only the first has ports (RFC 791, RFC 8200 4.5) */
	EBPFI_PACKET_TRUNCATED = 1 << 1,     /* the captured bytes end within the headers */
	EBPFI_PACKET_MALFORMED = 1 << 2,     /* the packet contradicts itself, or ends within its headers */
	EBPFI_PACKET_NO_LINK = 1 << 3,       /* no link-layer header: data begins at IP */
	EBPFI_PACKET_ADDRESSES = 1 << 4,     /* src and dst are set */
	EBPFI_PACKET_PORTS = 1 << 5,         /* src_port and dst_port are set */
	EBPFI_PACKET_TAG_OFFLOADED = 1 << 6, /* the kernel kept the outer VLAN tag in metadata; data has it in its place */
	EBPFI_PACKET_DEEP = 1 << 7,          /* more than 4 VLAN tags or 8 IPv6 extension headers, which are not read */
};

/*
 * One packet. Decoding stops at the first header that cannot be read. Fields decoded before that are set, the others are zero,
 * and a flag gives the reason. Offsets count from the first byte of data. An offset of 0 means "not reached", except for
 * l3_offset.
 */
struct ebpfi_packet {
	struct ebpfi_event event;
	__u8 src[16], dst[16];       /* IPv6, or IPv4-mapped IPv6 (RFC 4291 2.5.5.2); ARP: sender and target */
	__u8 eth_src[6], eth_dst[6]; /* zero if the link has no addresses */
	__u16 src_port, dst_port;    /* TCP, UDP, SCTP, UDP-Lite, DCCP */
	__u16 ethertype;             /* after the VLAN tags; 0: none (IEEE 802.3 length field) */
	__u8 ip_proto;               /* IANA protocol number of the transport, after extension headers; 0: none */
	__u8 tcp_flags;              /* FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128 */
	__u32 tcp_seq, tcp_ack;
	__u16 tcp_window;          /* as on the wire, unscaled */
	__u8 icmp_type, icmp_code; /* ICMP and ICMPv6 */
	__u16 arp_op;              /* 1 request, 2 reply */
	__u8 ip_ttl;               /* or hop limit */
	__u8 ip_tos;               /* or traffic class */
	__u32 packet_len;          /* bytes on the wire, with VLAN tags, without the frame check sequence */
	__u32 payload_len;         /* bytes after the transport header, by the length in the IP header */
	__u32 data_len;            /* bytes of the packet in data: at most snaplen */
	__u16 data_offset;         /* from the start of this record to data; see ebpfi_packet_data() */
	__u16 flags;               /* enum ebpfi_packet_flag */
	__u16 vlan_tci[2];         /* outer and inner tag: PCP, DEI and VLAN ID (IEEE 802.1Q) */
	__u16 link_type;           /* LINKTYPE_ of data: 1 Ethernet, 101 begins at IP, others only in a replay */
	__u16 l3_offset, l4_offset, payload_offset;
	__u32 ip_id;           /* IPv4 identification, or that of the IPv6 fragment header */
	__u16 fragment_offset; /* bytes */
	__u16 segments;        /* of a GSO or GRO super-packet; 1 otherwise */
	__u8 vlan_count;       /* VLAN tags, in the packet or offloaded */
	__u8 reserved[7];
};

/* What happened to an interface that a watch matches. Every link tells of VANISHED, also one that no watch made. */
enum ebpfi_link_what {
	EBPFI_LINK_ATTACHED = 1,
	EBPFI_LINK_FAILED = 2,   /* not attached; retried when the interface is set up, its MTU changes, or it returns */
	EBPFI_LINK_RENAMED = 3,  /* still attached, under a new name */
	EBPFI_LINK_VANISHED = 4, /* the interface is gone, or its new name no longer matches the watch */
};

/* An interface appeared, changed or vanished. The event's ifindex is the interface's. */
struct ebpfi_link_event {
	struct ebpfi_event event;
	__s32 link;       /* the interface's link; 0 if it failed */
	__s32 watch;      /* the number that ebpfi_attach() returned for the watch; 0: no watch made the link */
	__u32 what;       /* enum ebpfi_link_what */
	char name[16];    /* of the interface, terminated */
	char reason[256]; /* why it failed or vanished, terminated; otherwise "" */
	__u32 reserved;
};

/* The first `data_len` bytes of the packet, from its link-layer header on; NULL if `data_len` is 0. */
static inline const __u8 *ebpfi_packet_data(const struct ebpfi_packet *packet)
{
	return packet->data_len ? (const __u8 *)packet + packet->data_offset : (const __u8 *)0;
}

/* The texts of an HTTP message. User names, passwords and the queries of other URLs are left out. */
enum ebpfi_http_field {
	EBPFI_HTTP_CONTENT_TYPE,
	EBPFI_HTTP_UPGRADE,
	EBPFI_HTTP_METHOD,
	EBPFI_HTTP_AUTHORIZATION, /* only the scheme, never the credentials */
	EBPFI_HTTP_HOST,
	EBPFI_HTTP_USER_AGENT,
	EBPFI_HTTP_TARGET,               /* path and query, as sent */
	EBPFI_HTTP_FORWARDED_FOR,        /* X-Forwarded-For */
	EBPFI_HTTP_REFERER,              /* without its query */
	EBPFI_HTTP_LOCATION,             /* of a response, without its query */
	EBPFI_HTTP_REQUEST_CONTENT_TYPE, /* of the request, in the event of its response */
	EBPFI_HTTP_FIELDS = 16,
};

/*
 * The ambiguities and errors of a message: one bit each in `anomalies`. Values below EBPFI_HTTP_SMUGGLING can make two readers
 * disagree about the message, which request smuggling uses.
 */
enum ebpfi_http_anomaly {
	EBPFI_HTTP_BOTH_LENGTHS = 1,        /* Content-Length and Transfer-Encoding (RFC 9112 6.3) */
	EBPFI_HTTP_LENGTHS_DIFFER = 2,      /* more than one Content-Length (RFC 9110 8.6) */
	EBPFI_HTTP_BAD_LENGTH = 3,          /* not a number, or too large (RFC 9110 8.6) */
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
	EBPFI_HTTP_ODD_LENGTH = 14,         /* Content-Length with leading zeros, which some servers read as octal */
	EBPFI_HTTP_ODD_LIST = 15,           /* an empty element in Transfer-Encoding (RFC 9110 5.6.1) */
	EBPFI_HTTP_ODD_LINE = 16,           /* a request line with other blanks than RFC 9112 3 has, or HTTP/0.9 */
	EBPFI_HTTP_BAD_METHOD = 17,         /* a method that is not a token (RFC 9110 9.1) */
	EBPFI_HTTP_BAD_HOST = 18,           /* Host is not a host and port (RFC 9110 7.2) */
	EBPFI_HTTP_HOST_DIFFERS = 19,       /* the target's authority differs from Host (RFC 9112 3.2.2) */
	EBPFI_HTTP_BAD_TRAILER = 20,        /* Content-Length, Transfer-Encoding or Host in trailers (RFC 9110 6.5.1) */
	EBPFI_HTTP_BAD_FIELD =
		21, /* HTTP/2: a malformed message (RFC 9113 8.2.2, 8.3); a 101 without Upgrade (RFC 9110 15.2.2) */
	EBPFI_HTTP_REFUSED =
		22, /* the server refused a body or tunnel that had not begun, or may: readers differ on the next bytes */
	EBPFI_HTTP_SMUGGLING = 23,   /* not an anomaly; values below it can cause request smuggling */
	EBPFI_HTTP_GAP = 24,         /* segments were not seen; the event may be incomplete */
	EBPFI_HTTP_MIDSTREAM = 25,   /* reading began after the connection did */
	EBPFI_HTTP_FRAGMENT = 26,    /* IP fragments; only the first was read */
	EBPFI_HTTP_UNPAIRED = 27,    /* a response whose request was not seen */
	EBPFI_HTTP_CUT_OFF = 28,     /* the connection ended in the middle of the message (RFC 9112 8) */
	EBPFI_HTTP_TEXT_LOST = 29,   /* a request was cut between segments and its text was evicted; only the method is known */
	EBPFI_HTTP_NO_HOST = 32,     /* HTTP/1.1 without Host (RFC 9112 3.2) */
	EBPFI_HTTP_BAD_LINE = 33,    /* request or status line (RFC 9112 3, 4) */
	EBPFI_HTTP_BAD_VERSION = 34, /* RFC 9112 2.3 */
	EBPFI_HTTP_BAD_TARGET = 35,  /* a character that a target cannot have (RFC 9112 3.2) */
	EBPFI_HTTP_BAD_PERCENT = 36, /* a percent sign without two digits (RFC 3986 2.1) */
	EBPFI_HTTP_DOT_SEGMENT = 37, /* "." or ".." as a path segment, encoded or not (RFC 3986 3.3) */
	EBPFI_HTTP_EMPTY_LINE = 38,  /* before a request line (RFC 9112 2.2) */
	EBPFI_HTTP_HPACK_LOST = 39,  /* HTTP/2: fields are missing that refer to dynamic table entries which were not seen */
	EBPFI_HTTP_RESET = 40,       /* HTTP/2: the stream was reset before the response was complete (RFC 9113 6.4) */
	EBPFI_HTTP_BAD_FRAME = 41,   /* HTTP/2: bytes that are not a valid frame or header block (RFC 9113 4) */
	EBPFI_HTTP_LARGE_BLOCK = 42, /* HTTP/2: fields beyond 64 KiB of a header block are left out (RFC 9113 10.5.1) */
};

/* Why a request has no response. */
enum ebpfi_http_reason {
	EBPFI_HTTP_REASON_NONE = 0,
	EBPFI_HTTP_REASON_CLOSED = 1,       /* the connection was closed */
	EBPFI_HTTP_REASON_CLIENT_RESET = 2, /* by a TCP RST */
	EBPFI_HTTP_REASON_SERVER_RESET = 3,
	EBPFI_HTTP_REASON_REPLACED = 4,      /* another connection began on the same ports */
	EBPFI_HTTP_REASON_EVICTED = 5,       /* too many requests wait for a response */
	EBPFI_HTTP_REASON_STOPPED = 6,       /* the capture or the session ended first */
	EBPFI_HTTP_REASON_TIMEOUT = 7,       /* none so far, after the time of the option "timeout"; it may still come */
	EBPFI_HTTP_REASON_ONE_WAY = 8,       /* nothing that the server sent was seen */
	EBPFI_HTTP_REASON_UNCERTAIN = 9,     /* segments were not seen, so it is unknown which response is its */
	EBPFI_HTTP_REASON_STREAM_RESET = 10, /* HTTP/2: RST_STREAM or GOAWAY (RFC 9113 6.4, 6.8) */
};

/*
 * One HTTP message. The event of a request comes when its head is complete, the event of a response when its body is complete.
 * Both have the same `connection` and `number`. In HTTP/2 `number` is the stream identifier; the server pushed the stream if it
 * is even. A request that gets no response has a second event, EBPFI_EVENT_HTTP_UNANSWERED.
 */
struct ebpfi_http {
	struct ebpfi_event event;
	__u8 src[16], dst[16]; /* sender and receiver of this message; as in struct ebpfi_packet */
	__u16 src_port, dst_port;
	__u16 ethertype;
	__u16 status;          /* 0 in a request */
	__u64 connection;      /* the same for all messages of a connection, different for connections at the same time */
	__u64 anomalies;       /* enum ebpfi_http_anomaly, one bit each */
	__u64 request_time_ns; /* first byte of the request; 0: not seen */
	__u64 first_byte_ns;   /* from the request's first byte to the response's */
	__u64 duration_ns;     /* from the request's first byte to the response's last, or to when it was given up */
	__u64 request_bytes, response_bytes; /* of the bodies as sent, without chunk sizes and padding */
	__u32 number;                        /* of the request in its connection, from 1; 0: unknown */
	__u8 major, minor;                   /* version; 0.9: a request line without one */
	__u16 text_offset;                   /* from the start of this record to its texts: use ebpfi_http_text() */
	__s32 grpc_status;                   /* grpc-status of a response, 0 is OK; -1: none */
	__u32 reset_code;                    /* of RST_STREAM, if EBPFI_HTTP_RESET is set (RFC 9113 7) */
	__u8 request_major, request_minor;   /* version of the request, also in the event of its response; 0.0: unknown */
	__u8 reason;                         /* enum ebpfi_http_reason of EBPFI_EVENT_HTTP_UNANSWERED */
	__u8 one_way;                        /* 1: so far, nothing of the message's receiver was seen */
	__u8 answered;                       /* 1 in the event of a request: its response came before */
	__u8 reserved[3];
	__u16 used
		[EBPFI_HTTP_FIELDS]; /* length of each text in the message: more than ebpfi_http_text() returns if it was cut */
};

/*
 * The loss ledger of one inspector on one CPU. Each packet that it saw is counted in exactly one of the five counters after
 * `seen`, so seen = delivered + filtered + sampled + lost_ring + lost_map holds at any quiet moment. The last three counters
 * describe packets that were delivered.
 */
struct ebpfi_ledger {
	__u64 seen;
	__u64 delivered; /* a record was written for the host */
	__u64 filtered;  /* refused by the filter */
	__u64 sampled;   /* left out by sampling */
	__u64 lost_ring; /* no room in the per-CPU ring, nor in the shared ring buffer */
	__u64 lost_map;  /* a state map was full */
	__u64 truncated; /* delivered, with EBPFI_PACKET_TRUNCATED */
	__u64 malformed; /* delivered, with EBPFI_PACKET_MALFORMED */
	__u64 cut;       /* delivered, with fewer bytes of data than the packet (snaplen) */
};

#ifdef __cplusplus
}
#endif
#endif
