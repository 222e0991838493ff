/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The maps that every inspector has. */
#pragma once

#include "world.h"

/* Records for the host. Written by the programs; the library sets the size before load. */
RING(events, 4 << 20);

/* The loss ledger. One entry; each CPU writes its own, the library sums. */
MAP(ledger, PERCPU_ARRAY, __u32, struct ebpfi_ledger, 1);

static __always_inline struct ebpfi_ledger *ledger_of_cpu(void)
{
	KEY(__u32, only, 0);

	return bpf_map_lookup_elem(&ledger, &only);
}

/*
 * Adds one. The address is hidden from the compiler: merged with another counter's it would be a pointer plus a number that depends on
 * the path, which the verifier refuses without CAP_PERFMON.
 */
static __always_inline void bump(__u64 *counter)
{
	barrier_var(counter);
	++*counter;
}
