/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "cbpf_facts.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>

#include "cbpf_layout.h"

uint32_t cbpf_fast_end(const struct cbpf *p, const struct cbpf_facts *f, uint32_t at)
{
	const struct cbpf_insn *i = &p->insns[at];
	uint64_t end = (uint64_t)i->k + cbpf_size(i->code);

	if (cbpf_is_variable_load(i) && f->before[at].x != X_UNKNOWN)
		end += (uint64_t)f->before[at].x;
	else if (!cbpf_is_constant_load(i))
		return 0;
	return end <= f->limit ? (uint32_t)end : 0;
}

int64_t cbpf_fast_length(const struct cbpf *p, const struct cbpf_facts *f, uint32_t at)
{
	int64_t end = cbpf_fast_end(p, f, at), before = f->before[at].length;

	if (end <= before)
		return before;
	return end > f->first ? end : f->first;
}

static int64_t x_after(const struct cbpf *p, const struct cbpf_facts *f, uint32_t at)
{
	const struct cbpf_insn *i = &p->insns[at];

	if (i->code == (BPF_LDX | BPF_B | BPF_MSH))
		return cbpf_fast_end(p, f, at) ? IPV4_HEADER_WORDS * 4 : X_UNKNOWN;
	if (i->code == (BPF_LDX | BPF_IMM))
		return i->k;
	if (BPF_CLASS(i->code) == BPF_LDX || i->code == (BPF_MISC | BPF_TAX))
		return X_UNKNOWN;
	return f->before[at].x;
}

/* Adds an edge to an instruction. A fact holds there if it holds on all edges. */
static void add_edge(struct cbpf_fact *to, struct cbpf_fact known)
{
	if (to->length == NOT_RUN) {
		*to = known;
		return;
	}
	if (known.length < to->length)
		to->length = known.length;
	if (known.x != to->x)
		to->x = X_UNKNOWN;
}

static void follow(const struct cbpf *p, struct cbpf_facts *f, uint32_t at)
{
	const struct cbpf_insn *i = &p->insns[at];
	const struct cbpf_fact after = { cbpf_fast_length(p, f, at), x_after(p, f, at) };
	struct cbpf_fact *next = &f->before[at + 1];

	if (BPF_CLASS(i->code) != BPF_JMP) {
		add_edge(next, after);
	} else if (BPF_OP(i->code) == BPF_JA) {
		add_edge(next + i->k, after);
	} else {
		add_edge(next + i->jt, after);
		add_edge(next + i->jf, after);
	}
}

/* Jumps go forward, so one pass is enough. */
static void find(const struct cbpf *p, struct cbpf_facts *f)
{
	uint32_t at, end;

	f->before[0] = (struct cbpf_fact){ 0 };
	for (at = 1; at < p->n; at++)
		f->before[at].length = NOT_RUN;
	for (at = 0; at < p->n; at++) {
		if (f->before[at].length == NOT_RUN || cbpf_is_end(&p->insns[at]))
			continue;
		end = cbpf_fast_end(p, f, at);
		if (end > f->longest)
			f->longest = end;
		follow(p, f, at);
	}
}

/*
 * One check of all bytes is cheapest, but packets that fail it take the general half. So the first check covers at most the headers of
 * TCP over IPv4, and each later check covers one load.
 */
static uint32_t first_check(uint32_t longest, bool ethernet)
{
	const uint32_t headers = (ethernet ? 14 : 0) + 20 + 20;

	return longest < headers ? longest : headers;
}

int cbpf_find_facts(const struct cbpf *p, bool ethernet, uint32_t limit, struct cbpf_facts *f)
{
	*f = (struct cbpf_facts){ .before = calloc(p->n, sizeof(*f->before)), .limit = limit };
	if (!f->before)
		return -ENOMEM;
	find(p, f);
	f->first = first_check(f->longest, ethernet);
	find(p, f);
	if (f->longest)
		return 0;
	free(f->before);
	f->before = NULL;
	return 0;
}
