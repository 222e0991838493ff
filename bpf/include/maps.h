/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The maps that every inspector has. */
#pragma once

#include "world.h"

/* Records for the host. Written by the programs; the library sets the size before load. */
RING(events, 4 << 20);

/* The loss ledger. Each CPU writes its own value, and the library sums them. */
MAP(ledger, PERCPU_ARRAY, __u32, struct ebpfi_ledger, 1);

static __always_inline struct ebpfi_ledger *ledger_of_cpu(void)
{
	KEY(__u32, only, 0);

	return bpf_map_lookup_elem(&ledger, &only);
}

/*
 * Adds one. barrier_var() hides the address: the compiler would merge counters into a pointer plus a path-dependent number, which the
 * verifier refuses without CAP_PERFMON.
 */
static __always_inline void bump(__u64 *counter)
{
	barrier_var(counter);
	++*counter;
}
