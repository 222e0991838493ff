/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The host's filter, called once per packet before sampling and parsing. */
#pragma once

#include "maps.h"

#ifdef __bpf__

#define EBPFI_FILTER_STUBS_ONLY
#include <ebpfinspect/filter.bpf.h>

/* In a replay, the library may call the filter on the longer captured packet: negative refused, positive passed, 0 not called. */
LIVE(__s32, replay_filter);

static __always_inline int filtered_out(const struct pkt *p)
{
	int asked = replaying ? replay_filter : 0;

	if (asked)
		return asked < 0;
	if (p->hook == EBPFI_HOOK_XDP)
		return (p->link == LINK_RAW ? ebpfi_filter_xdp_l3(p->ctx) : ebpfi_filter_xdp(p->ctx)) <= 0;
	return (p->link == LINK_RAW ? ebpfi_filter_skb_l3(p->ctx) : ebpfi_filter_skb(p->ctx)) <= 0;
}

#endif

/* Counts a refused packet, also if the inspector's ledger counts messages: it is in both `seen` and `filtered`. */
static __always_inline void count_filtered(struct ebpfi_ledger *l)
{
	bump(&l->seen);
	bump(&l->filtered);
}
