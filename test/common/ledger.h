/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What became of the packets that a session's inspector `packet` saw. */
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
 * Once it is known what became of so many packets, and of no more: a veth hands them over from a soft interrupt, which may still be to come,
 * and each is counted as seen before its record is written, and as what became of it afterwards. A look may fall in between: so another one
 * follows.
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
