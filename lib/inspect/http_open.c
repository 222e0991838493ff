/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "http_open.h"

#include <netinet/if_ether.h>
#include <string.h>

/* Addresses of IPv4 are mapped (RFC 4291 2.5.5.2). */
static __u16 ethertype_of(const struct tcp_key *key)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(key->address[0], mapped, sizeof(mapped)) ? ETHERTYPE_IPV6 : ETHERTYPE_IP;
}

static bool is_open(const struct http_connection *c, const struct http_side *side)
{
	const struct http_message *m = &side->m;

	if (c->tunnel || m->state == HTTP_TUNNEL || m->state == HTTP_H2 || m->state == HTTP_BROKEN || m->state <= HTTP_RESPONSE)
		return false;
	if (http_has(m, HTTP_HEAD_DONE))
		return http_has(m, HTTP_IS_RESPONSE);
	return side->recognised || http_has(m, HTTP_HAS_VERSION) || http_has(m, HTTP_IS_RESPONSE);
}

/* The entry has only the first texts, and they are in it only since the message was stored. */
static void set_texts(struct http_record *record, const struct http_side *side)
{
	const struct http_message *m = &side->m;

	if (!http_has(m, HTTP_STORED))
		return;
	memcpy(record->text, side->text, sizeof(side->text));
	memcpy(record->http.used, m->used, EBPFI_HTTP_AUTHORIZATION * sizeof(m->used[0]));
	if (http_has(m, HTTP_IS_RESPONSE))
		record->http.used[EBPFI_HTTP_METHOD] = 0;
}

static void set_request(struct ebpfi_http *h, const struct http_connection *c, const struct http_message *m)
{
	const struct http_pending *pending = http_pending_at((struct http_connection *)c, c->popped + 1);

	if (!http_is_paired((struct http_connection *)c)) {
		h->anomalies |= 1ULL << EBPFI_HTTP_UNPAIRED;
		return;
	}
	h->number = pending->number;
	h->anomalies |= pending->anomalies;
	h->request_time_ns = pending->time_ns;
	h->request_bytes = pending->body_bytes;
	h->request_major = pending->major;
	h->request_minor = pending->minor;
	if (m->time_ns > pending->time_ns)
		h->first_byte_ns = m->time_ns - pending->time_ns;
}

static void set_head(struct ebpfi_http *h, const struct tcp_key *key, const struct http_connection *c, unsigned int from)
{
	h->event.len = sizeof(struct http_record);
	h->event.kind = EBPFI_EVENT_HTTP_OPEN;
	memcpy(h->src, key->address[from], sizeof(h->src));
	memcpy(h->dst, key->address[!from], sizeof(h->dst));
	h->src_port = key->port[from];
	h->dst_port = key->port[!from];
	h->ethertype = ethertype_of(key);
	h->connection = c->id;
	h->text_offset = sizeof(*h);
	h->grpc_status = -1;
	h->one_way = !c->side[!from].tcp.known;
}

bool http_open_message(const struct tcp_key *key, const struct http_connection *c, unsigned int from,
		       struct http_record *record)
{
	const struct http_side *side = &c->side[from];
	const struct http_message *m = &side->m;
	struct ebpfi_http *h = &record->http;

	if (!is_open(c, side))
		return false;
	memset(record, 0, sizeof(*record));
	set_head(h, key, c, from);
	set_texts(record, side);
	h->status = m->status;
	h->anomalies = m->anomalies;
	h->major = http_major(m);
	h->minor = http_minor(m);
	if (!http_has(m, HTTP_IS_RESPONSE)) {
		h->request_time_ns = m->time_ns;
		return true;
	}
	h->response_bytes = m->body_bytes;
	set_request(h, c, m);
	return true;
}
