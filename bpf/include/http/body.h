/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A message's body: where it begins and ends, and how its bytes are skipped. */
#pragma once

#include "http/state_machine.h"

static __always_inline int http_in_body(const struct http_message *m)
{
	return m->state == HTTP_BODY || m->state == HTTP_CHUNK_DATA;
}

/* A body of known length of which nothing is to come. */
static __always_inline int http_is_over(const struct http_message *m)
{
	return http_in_body(m) && !m->left;
}

/* Over a body, of which so many bytes are there: how many it was. */
static __always_inline __u32 http_skip_body(struct http_message *m, __u32 there)
{
	__u64 here = there;

	if (here > m->left)
		here = m->left;
	m->left -= here;
	m->body_bytes += here;
	if (!m->left && m->state == HTTP_CHUNK_DATA)
		m->state = HTTP_CHUNK_AFTER;
	return here;
}

/* Bytes that nobody will see: inside a body of known length they only count, anywhere else the message is lost. */
static __always_inline int http_gap(struct http_message *m, __u32 missing)
{
	http_wrong(m, EBPFI_HTTP_GAP);
	if (!http_in_body(m) || m->left < missing)
		return HTTP_LOST;
	m->left -= missing;
	m->body_bytes += missing;
	return HTTP_GO_ON;
}

/* Where a message's body ends (RFC 9112 6.3). `bodiless`: there is none whatever the header says. HTTP_END: there is none. */
GLOBAL_FUNCTION __u32 http_frame(struct http_message *m, __u32 is_response, __u32 bodiless)
{
	int chunked;

	if (!m)
		return HTTP_STOP;
	chunked = http_has(m, HTTP_CHUNKED);
	if (http_has(m, HTTP_HAS_CODING) && http_has(m, HTTP_HAS_LENGTH))
		http_wrong(m, EBPFI_HTTP_BOTH_LENGTHS);
	if (http_has(m, HTTP_HAS_CODING) && !m->minor)
		http_wrong(m, EBPFI_HTTP_OLD_CODING);
	if (http_has(m, HTTP_HAS_CODING) && !chunked)
		http_wrong(m, EBPFI_HTTP_BAD_CODING);
	if (bodiless)
		return HTTP_END;
	m->left = 0;
	m->state = HTTP_BROKEN;
	if (m->anomalies >> EBPFI_HTTP_BAD_LENGTH & 1)
		return HTTP_GO_ON;
	m->state = HTTP_CHUNK_SIZE;
	if (chunked)
		return HTTP_GO_ON;
	m->state = HTTP_BODY;
	if (http_has(m, HTTP_HAS_LENGTH) && !http_has(m, HTTP_HAS_CODING)) {
		m->left = m->length;
		return m->left ? HTTP_GO_ON : HTTP_END;
	}
	if (!is_response && !http_has(m, HTTP_HAS_CODING))
		return HTTP_END;
	if (!is_response) { /* nobody knows where it ends (RFC 9112 6.3, 4) */
		m->state = HTTP_BROKEN;
		return HTTP_GO_ON;
	}
	m->left = ~0ULL;
	m->notes |= 1 << HTTP_UNTIL_CLOSE;
	return HTTP_GO_ON;
}
