/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Gives up requests that will get no response. The library has their texts, and makes an event of each. */
#pragma once

#include "http/given_up.h"
#include "http/http2_walk.h"

/* Whether a packet of the server was seen. */
static __always_inline int http_server_is_known(const struct http_connection *c)
{
	__u32 first = c->side[0].tcp.known, second = c->side[1].tcp.known;

	barrier_var(first); /* else the compiler selects an address, which the verifier refuses without CAP_PERFMON */
	barrier_var(second);
	return c->side[0].role == HTTP_RESPONSE ? first : second;
}

/*
 * Gives up the requests up to number `last` that wait for a response. Without the record the library tells them at its end. If the
 * pairing is lost, a response may have come. The ring buffer has no order with the per-CPU rings but the time, so each record has its own.
 */
GLOBAL_FUNCTION __u32 http_give_up(struct http_connection *c, __u32 last, __u32 reason)
{
	struct http_reading *r = reading_of_cpu();
	struct http_given_up *record;
	__u64 now = now_ns();

	if (!c || !r || (__s32)(last - c->popped) <= 0)
		return 0;
	if (now > r->walk.now)
		r->walk.now = now;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record)
		return http2_count_lost();
	__builtin_memset(record, 0, sizeof(*record));
	record->event.len = sizeof(*record);
	record->event.kind = HTTP_GIVEN_UP;
	record->event.time_ns = r->walk.now;
	record->connection = c->id;
	record->first = c->popped + 1;
	record->last = last;
	record->reason = !http_server_is_known(c) ? EBPFI_HTTP_REASON_ONE_WAY
			 : c->pairing_lost        ? EBPFI_HTTP_REASON_UNCERTAIN
						  : reason;
	bpf_ringbuf_submit(record, wake_flags(r->walk.now));
	r->walk.now += percpu_rings_read;
	c->popped = last;
	return 0;
}

/* The next response is the last request's: the others get none. */
GLOBAL_FUNCTION __u32 http_prove_pairing(struct http_connection *c)
{
	__u32 before;

	if (!c)
		return 0;
	before = c->pushed - 1;
	http_give_up(c, before, EBPFI_HTTP_REASON_UNCERTAIN);
	c->popped = before;
	c->pairing_lost = 0;
	return 0;
}

/*
 * Takes the request of a response that has ended. If it is unknown which request that is, the oldest is given up. The caller knows: before
 * Linux 6.8 a global function cannot index its argument without CAP_PERFMON.
 */
GLOBAL_FUNCTION __u32 http_take_answered(struct http_connection *c, __u32 is_paired)
{
	__u32 oldest;

	if (!c)
		return 0;
	oldest = c->popped + 1;
	if (c->popped == c->pushed)
		return http_lose_pairing(c, 1);
	if (!is_paired)
		http_give_up(c, oldest, EBPFI_HTTP_REASON_UNCERTAIN);
	c->popped = oldest;
	return 0;
}
