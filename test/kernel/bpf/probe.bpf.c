/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The BPF half of an inspector from a second library: one event per packet, with a value of a table that the host can replace. The C half
 * is in test/inside/inspector.c.
 */
#include "probe.h"
#include "emit.h"

KNOB(__u32, step, 1);
MAP(seen_ports, HASH, __u32, __u32, 1);
MAP_SHAPE(probe_words, ARRAY, __u32, __u64, 4);
MAP_OF_MAPS(dictionary, probe_words, 2);
SCRATCH(probe_work, struct probe_event);

static __always_inline int probe_inspect(struct pkt *p)
{
	struct ebpfi_ledger *l = ledger_of_cpu();
	struct probe_event *e = probe_work_of_cpu();
	KEY(__u32, slot, 1);
	KEY(__u32, index, step);
	void *table = bpf_map_lookup_elem(&dictionary, &slot);
	const __u64 *word = table ? bpf_map_lookup_elem(table, &index) : 0;

	if (!l || !e)
		return EBPFI_VERDICT_PASS;
	__builtin_memset(e, 0, sizeof(*e));
	e->event.kind = PROBE_KIND;
	e->event.hook = p->hook;
	e->word = word ? *word : 0;
	bump(&l->seen);
	if (emit_record(&e->event, sizeof(*e)))
		bump(&l->lost_ring);
	else
		bump(&l->delivered);
	return EBPFI_VERDICT_PASS;
}

INSPECTOR(probe, TC, SOCKET);
