/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The maps and knobs that every inspector has. */
#pragma once

#include "world.h"

/* Records for the host. Written by the programs; the library sets the size before load. */
RING(events, 4 << 20);

/* The loss ledger. One entry; each CPU writes its own, the library sums. */
MAP(ledger, PERCPU_ARRAY, __u32, struct ebpfi_ledger, 1);

KNOB(__u32, snaplen, 0); /* bytes of each packet that go into its event */
KNOB(__u32, sample, 0);  /* one packet in so many; 0 and 1: each */

static __always_inline struct ebpfi_ledger *ledger_of_cpu(void)
{
	KEY(__u32, only, 0);

	return bpf_map_lookup_elem(&ledger, &only);
}

KNOB(__u32, tunnels, 0); /* 1: what lies inside VXLAN and Geneve is inspected; of the inspectors that look above IP */

/*
 * One more. The address is hidden from the compiler: merged with another counter's it would be a pointer plus a number that
 * depends on the path, which the verifier refuses without CAP_PERFMON.
 */
static __always_inline void bump(__u64 *counter)
{
	barrier_var(counter);
	++*counter;
}

/*
 * Chosen by a hash of the packet's number on this CPU: no pattern in the traffic can hide from it, as it could from every
 * N-th, and a replay chooses the same packets each time.
 */
static __always_inline int sampled_out(const struct ebpfi_ledger *l)
{
	if (sample < 2)
		return 0;
	return (__u32)((l->seen * 0x9e3779b97f4a7c15ULL) >> 32) % sample != 0;
}
