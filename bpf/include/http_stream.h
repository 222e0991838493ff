/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A TCP connection as two streams of HTTP messages: which bytes of a segment are new, which role a direction has, which response
 * belongs to which request.
 */
#pragma once

#include "http_machine.h"
#include "parse_packet.h"

enum {
	HTTP_IN_FLIGHT = 32, /* requests that may wait for their response; a power of two */
	HTTP_SIDES = 2,
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_ACK = 16,
};

/* The end with the smaller address and port is side 0, so that both directions find the same entry. */
struct http_key {
	__u8 address[HTTP_SIDES][16];
	__u16 port[HTTP_SIDES];
};

/* One direction. */
struct http_side {
	struct http_message m;
	__u32 next;  /* sequence number of the next byte to read */
	__u8 known;  /* `next` is valid */
	__u8 sure;   /* HTTP was recognised; until then, what cannot be read is somebody else's protocol */
	__u8 closed; /* FIN or RST was seen */
	__u8 role;   /* HTTP_REQUEST, HTTP_RESPONSE, or HTTP_ANY while it is not known */
	__u32 noted; /* anomalies of the stream that the next message will carry */
};

enum http_kind { HTTP_PLAIN, HTTP_IS_HEAD, HTTP_IS_CONNECT, HTTP_IS_UPGRADE };

struct http_pending {
	__u64 time_ns; /* of the request's first byte */
	__u64 body_bytes;
	__u32 number;
	__u32 kind;
};

/*
 * Each direction writes its own side, on whichever CPU its packets come. Of the requests in flight, the client's direction writes
 * `pushed` and the entries, the server's `popped`: one writer each, so neither needs a lock.
 */
struct http_connection {
	struct http_side side[HTTP_SIDES];
	__u64 id;
	__u32 pushed, popped;
	struct http_pending pending[HTTP_IN_FLIGHT];
};

/* Which bytes of a segment are to be read: from `skip` to its end. */
struct http_span {
	__u32 skip;
	int fresh;
};

/* New bytes follow what was read. What came before is a retransmission, even where it differs; what is missing is a gap. */
static __always_inline struct http_span http_span(const struct http_side *side, __u32 seq, __u32 size)
{
	__s32 ahead = (__s32)(seq - side->next);

	if (!side->known || ahead >= 0)
		return (struct http_span){ 0, size > 0 };
	if ((__u32)-ahead >= size)
		return (struct http_span){ size, 0 };
	return (struct http_span){ (__u32)-ahead, 1 };
}

/* The next message is looked for where a segment begins. */
static __always_inline void http_resync(struct http_side *side)
{
	http_forget(&side->m);
	side->m.state = side->role;
}

/* A gap inside a body of known length is only missing bytes; anywhere else the message is lost. 1: it has to be told. */
static __always_inline int http_gap(struct http_side *side, __u32 missing)
{
	int lost;

	side->noted |= 1U << EBPFI_HTTP_GAP;
	if (side->m.left >= missing && side->m.left) {
		side->m.left -= missing;
		side->m.body_bytes += missing;
		http_wrong(&side->m, EBPFI_HTTP_GAP);
		return 0;
	}
	lost = side->m.state != side->role;
	return lost;
}

static __always_inline void http_open(struct http_side *side, __u32 next, __u8 role)
{
	http_forget(&side->m);
	side->next = next;
	side->known = 1;
	side->sure = 0;
	side->closed = 0;
	side->role = role;
	side->noted = 0;
	side->m.state = role;
}

static __always_inline struct http_pending *http_pending_at(struct http_connection *c, __u32 number)
{
	return &c->pending[number & (HTTP_IN_FLIGHT - 1)];
}

static __always_inline __u32 http_kind_of(const struct http_message *m)
{
	const __u8 *t = m->text + ebpfi_http_base(EBPFI_HTTP_METHOD);

	if (m->used[EBPFI_HTTP_METHOD] == 4 && t[0] == 'H' && t[1] == 'E' && t[2] == 'A' && t[3] == 'D')
		return HTTP_IS_HEAD;
	if (m->used[EBPFI_HTTP_METHOD] == 7 && t[0] == 'C' && t[1] == 'O' && t[2] == 'N' && t[3] == 'N' && t[4] == 'E' &&
	    t[5] == 'C' && t[6] == 'T')
		return HTTP_IS_CONNECT;
	return http_has(m, HTTP_UPGRADE) ? HTTP_IS_UPGRADE : HTTP_PLAIN;
}
