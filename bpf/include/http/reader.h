/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The HTTP/1.x reader: reads the new bytes of a segment and stops where an inspector has something to do (enum http_stop). It does not use
 * connections or events, and its only maps are `reading` and `http_table`. An inspector copies the message from its connection's entry
 * to reading_of_cpu()->m, calls http_next_stop() until it returns HTTP_DONE, and stores the message again.
 *
 * Before it includes this header, an inspector may define hooks as macros that call functions of its own. r is the struct http_reading
 * of this CPU. A hook that is not defined costs nothing.
 *
 *   HTTP_ON_START(r)                     a message begins
 *   HTTP_ON_TARGET(r, from, size)        the next `size` bytes of a request's target, at `from`; also bytes beyond the field's room
 *   HTTP_ON_FIELD(r, field, from, size)  the same for each field (enum ebpfi_http_field), the target too; m.used[field] is 0 at the
 *                                        first bytes of a header, so that a second header of that name starts again
 *   HTTP_ON_HEAD(r)                      the head is complete; then http_next_stop() returns HTTP_HEAD
 *
 * `from` points into r->walk.bytes; `size` is 1 to HTTP_CHUNK. Hooks are inlined into noinline global functions, which the verifier walks
 * separately, so a hook must keep its state in scratch maps.
 */
#pragma once

#ifndef HTTP_ON_START
#define HTTP_ON_START(r) ((void)0)
#endif
#ifndef HTTP_ON_TARGET
#define HTTP_ON_TARGET(r, from, size) ((void)(from), (void)(size))
#endif
#ifndef HTTP_ON_FIELD
#define HTTP_ON_FIELD(r, field, from, size) ((void)(from), (void)(size))
#endif
#ifndef HTTP_ON_HEAD
#define HTTP_ON_HEAD(r) ((void)0)
#endif

#include "http/walk.h"

/* The bytes of a segment to read: offsets in the packet. */
struct http_range {
	__u32 at, end;
	__u32 before, behind; /* bytes that are missing before `at` and after `end`: not seen, or not captured */
};

/* Loads the next piece of the range; -1: there is no more. */
static __always_inline int http_load_piece(struct http_reading *r, struct http_range *range, const struct pkt_bytes *bytes,
					   __u8 hook)
{
	struct http_walk *walk = &r->walk;
	__u32 size = range->end - range->at, at = range->at;

	if (range->at >= range->end)
		return -1;
	barrier_var(size);
	if (size > HTTP_CHUNK)
		size = HTTP_CHUNK;
	range->at += size;
	walk->at = 0;
	walk->end = size;
	barrier_var(size);
	if ((__s32)size < 1)
		return -1;
	barrier_var(size);
	if (size > HTTP_CHUNK)
		return -1;
	return pkt_load_at(bytes, hook, at, walk->bytes, size) ? -1 : 0;
}

/* Skips a body's bytes in the range. They are loaded only if they share a piece with the head. */
static __always_inline int http_pass_body(struct http_reading *r, struct http_range *range)
{
	struct http_message *m = &r->m;
	struct http_walk *walk = &r->walk;

	walk->at += http_skip_body(m, walk->end - walk->at);
	if (http_in_body(m))
		range->at += http_skip_body(m, range->end - range->at);
	return http_body_is_over(m) ? HTTP_END : HTTP_GO_ON;
}

/* Reads until the inspector has something to do, or to the end of the range (HTTP_DONE). */
static __always_inline int http_next_stop(struct http_reading *r, struct http_range *range, const struct pkt_bytes *bytes,
					  __u8 hook)
{
	if (range->before)
		return http_skip_gap(&r->m, &range->before);
	if (r->walk.at >= r->walk.end && http_in_body(&r->m) && http_pass_body(r, range) == HTTP_END)
		return HTTP_END;
	if (r->walk.at < r->walk.end || !http_load_piece(r, range, bytes, hook))
		return http_walk();
	return range->behind ? http_skip_gap(&r->m, &range->behind) : HTTP_DONE;
}

/* Most segments end with a message, so this check often saves a pass. */
static __always_inline int http_range_is_read(const struct http_reading *r, const struct http_range *range)
{
	return r->walk.at >= r->walk.end && range->at >= range->end && !range->behind && !http_body_is_over(&r->m);
}
