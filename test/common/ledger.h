/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The ledger of a session's inspector `packet`. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>
#include <sched.h>

#include "runner.h"

static inline struct ebpfi_ledger ledger_of(struct ebpfi *s)
{
	struct ebpfi_stats stats = { .sz = sizeof(stats) };

	ck_assert_msg(!ebpfi_get_stats(s, "packet", &stats), "%s", ebpfi_errmsg(s));
	return stats.ledger;
}

static inline uint64_t ledger_sum(const struct ebpfi_ledger *l)
{
	return l->delivered + l->filtered + l->sampled + l->lost_ring + l->lost_map;
}

/*
 * Waits until exactly `packets` have an outcome. A veth delivers packets from a soft interrupt, which may run later. A program counts a
 * packet as seen before it writes the record, and counts the outcome afterwards. A read may fall in between, so read once more.
 */
static inline struct ebpfi_ledger ledger_after(struct ebpfi *s, uint64_t packets)
{
	struct ebpfi_ledger l = ledger_of(s);
	int turns;

	for (turns = 0; ledger_sum(&l) < packets && turns < 1000000; turns++) {
		sched_yield();
		l = ledger_of(s);
	}
	l = ledger_of(s);
	ck_assert_uint_eq(l.seen, packets);
	ck_assert_uint_eq(ledger_sum(&l), packets);
	return l;
}
