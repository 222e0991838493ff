/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A message's body: finds its ends and skips its bytes. */
#pragma once

#include "http/state_machine.h"

static __always_inline int http_in_body(const struct http_message *m)
{
	return m->state == HTTP_BODY || m->state == HTTP_CHUNK_DATA;
}

/* All bytes of a body or chunk of known length were read. */
static __always_inline int http_body_is_over(const struct http_message *m)
{
	return http_in_body(m) && !m->left;
}

/* Skips up to `there` bytes of a body; returns how many. */
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

/*
 * Skips bytes that will never arrive. A body of known length, or a chunk, counts them. A body may end within them, then the rest stays in
 * *missing. Elsewhere the message is lost.
 */
static __always_inline int http_skip_gap(struct http_message *m, __u32 *missing)
{
	__u32 here = *missing;

	http_add_anomaly(m, EBPFI_HTTP_GAP);
	*missing = 0;
	if (!http_in_body(m) || (m->left < here && m->state != HTTP_BODY))
		return HTTP_LOST;
	if (m->left < here) {
		*missing = here - m->left;
		here = m->left;
	}
	m->left -= here;
	m->body_bytes += here;
	return http_body_is_over(m) && m->state == HTTP_BODY ? HTTP_END : HTTP_GO_ON;
}

/* Finds out where a message's body ends (RFC 9112 6.3). `bodiless`: ignore the header. HTTP_END: there is no body. */
GLOBAL_FUNCTION __u32 http_find_body(struct http_message *m, __u32 is_response, __u32 bodiless)
{
	int chunked;

	if (!m)
		return HTTP_STOP;
	chunked = http_has(m, HTTP_CHUNKED);
	if (http_has(m, HTTP_HAS_CODING) && http_has(m, HTTP_HAS_LENGTH))
		http_add_anomaly(m, EBPFI_HTTP_BOTH_LENGTHS);
	if (http_has(m, HTTP_HAS_CODING) && m->minor != 1) /* readers of other versions differ, too */
		http_add_anomaly(m, EBPFI_HTTP_OLD_CODING);
	if (http_has(m, HTTP_HAS_CODING) && !chunked)
		http_add_anomaly(m, EBPFI_HTTP_BAD_CODING);
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
	if (!is_response) { /* its end is unknown (RFC 9112 6.3, 4) */
		m->state = HTTP_BROKEN;
		return HTTP_GO_ON;
	}
	m->left = ~0ULL;
	m->notes |= 1 << HTTP_UNTIL_CLOSE;
	return HTTP_GO_ON;
}
