/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "cbpf_layout.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>

uint32_t cbpf_size(uint16_t code)
{
	return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

bool cbpf_is_constant_load(const struct cbpf_insn *i)
{
	if (BPF_CLASS(i->code) == BPF_LDX)
		return BPF_MODE(i->code) == BPF_MSH;
	return BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_ABS;
}

bool cbpf_is_variable_load(const struct cbpf_insn *i)
{
	return BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_IND;
}

/* Offsets are unsigned, and packets are shorter than 2 GiB. */
static bool is_beyond_any_packet(const struct cbpf_insn *i)
{
	return (cbpf_is_constant_load(i) || cbpf_is_variable_load(i)) && i->k > INT32_MAX - 4 && !cbpf_is_ancillary(i);
}

bool cbpf_is_end(const struct cbpf_insn *i)
{
	return BPF_CLASS(i->code) == BPF_RET || is_beyond_any_packet(i);
}

/* Adds an edge to an instruction. The length known there is the minimum over its edges. */
static void add_edge(int64_t *known, uint32_t at, int64_t length)
{
	if (known[at] == UNREACHED || length < known[at])
		known[at] = length;
}

static int64_t known_after(const struct cbpf_insn *i, int64_t before)
{
	int64_t end = cbpf_is_constant_load(i) && i->k <= INT32_MAX - 4 ? (int64_t)i->k + cbpf_size(i->code) : 0;

	return end > before ? end : before;
}

/* Jumps go forward, so one pass is enough. */
static void find_known(const struct cbpf *p, int64_t *known)
{
	const struct cbpf_insn *i;
	uint32_t at;

	for (at = 0; at < p->n; at++)
		known[at] = at ? UNREACHED : 0;
	for (at = 0; at < p->n; at++) {
		i = &p->insns[at];
		if (known[at] == UNREACHED || cbpf_is_end(i))
			continue;
		if (BPF_CLASS(i->code) != BPF_JMP) {
			add_edge(known, at + 1, known_after(i, known[at]));
		} else if (BPF_OP(i->code) == BPF_JA) {
			add_edge(known, at + 1 + i->k, known[at]);
		} else {
			add_edge(known, at + 1 + i->jt, known[at]);
			add_edge(known, at + 1 + i->jf, known[at]);
		}
	}
}

static bool uses_scratch(const struct cbpf_insn *i)
{
	return i->code == BPF_ST || i->code == BPF_STX || i->code == (BPF_LD | BPF_MEM) || i->code == (BPF_LDX | BPF_MEM);
}

static void extend_prefix(struct cbpf_layout *l, const struct cbpf_insn *i)
{
	uint64_t end = (uint64_t)i->k + cbpf_size(i->code);

	if (cbpf_is_constant_load(i) && end <= PREFIX_MAX && end > l->prefix)
		l->prefix = (uint32_t)end;
}

/* Finds what the program needs on the stack. 1 marks an area without an offset yet. */
static void find_needs(const struct cbpf *p, bool tagged, struct cbpf_layout *l)
{
	const struct cbpf_insn *i;
	bool loads = false;
	uint32_t at;

	for (at = 0; at < p->n; at++) {
		i = &p->insns[at];
		if (l->known[at] == UNREACHED)
			continue;
		extend_prefix(l, i);
		loads |= cbpf_is_constant_load(i) || cbpf_is_variable_load(i);
		if (cbpf_is_variable_load(i) && tagged)
			l->window_at = 1;
		if (uses_scratch(i))
			l->scratch_at[i->k] = 1;
	}
	if (tagged && loads && l->prefix < 24)
		l->prefix = 24;
}

/* Without CAP_PERFMON, 6.1 refuses to store parts of a stack word twice, so each has one of its own, except if there are too many. */
static int assign_scratch(struct cbpf_layout *l, int depth)
{
	int i, n = 0, size;

	for (i = 0; i < BPF_MEMWORDS; i++)
		n += l->scratch_at[i];
	l->scratch_size = n > BPF_MEMWORDS / 2 ? BPF_W : BPF_DW;
	size = l->scratch_size == BPF_W ? 4 : 8;
	for (i = 0; i < BPF_MEMWORDS; i++)
		if (l->scratch_at[i])
			l->scratch_at[i] = -(depth += size);
	return (depth + 7) & ~7;
}

/*
 * The verifier requires aligned reads of the stack. The Ethernet header has 14 bytes, so a frame that starts two bytes off
 * aligns the words of the IP header.
 */
static void assign_offsets(bool ethernet, uint32_t copied, struct cbpf_layout *l)
{
	int shift = ethernet ? 2 : 0, depth = 8;

	l->loaded_at = -depth;
	if (l->window_at)
		l->window_at = -(depth += 16);
	depth = assign_scratch(l, depth);
	l->cleared = ((int)l->prefix + shift + 7) & ~7;
	l->cleared_at = -(depth + (((int)copied + shift + 7) & ~7));
	l->prefix_at = l->cleared_at + shift;
}

int cbpf_lay_out(const struct cbpf *p, const struct cbpf_target *target, struct cbpf_layout *l)
{
	const bool copies = target->context == CBPF_SKB;
	int err;

	memset(l, 0, sizeof(*l));
	l->known = calloc(p->n, sizeof(*l->known));
	if (!l->known)
		return -ENOMEM;
	find_known(p, l->known);
	find_needs(p, target->context != CBPF_XDP && target->ethernet, l);
	err = cbpf_find_facts(p, target->ethernet, copies ? PREFIX_MAX : DIRECT_MAX, &l->facts);
	if (err)
		return err;
	assign_offsets(target->ethernet, copies && l->facts.longest > l->prefix ? l->facts.longest : l->prefix, l);
	return 0;
}

void cbpf_layout_free(struct cbpf_layout *l)
{
	free(l->known);
	free(l->facts.before);
}
