/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "cbpf_fast.h"

#include <linux/filter.h>
#include <stddef.h>

static bool is_copied(const struct translation *t)
{
	return t->target.context == CBPF_SKB;
}

/* Jumps to the general half. */
static void leave_if(struct translation *t, uint8_t op, uint8_t dst, int32_t imm)
{
	emit_jump(&t->e, op, dst, imm, distance_to(t, t->general));
}

static void load_field(struct translation *t, uint8_t to, size_t xdp, size_t skb)
{
	emit_load(&t->e, BPF_W, to, R_CONTEXT, (int)(t->target.context == CBPF_XDP ? xdp : skb));
}

void emit_fast_prologue(struct translation *t)
{
	if (t->target.context != CBPF_XDP && t->target.ethernet) {
		emit_load(&t->e, BPF_W, BPF_REG_1, R_CONTEXT, offsetof(struct __sk_buff, vlan_present));
		leave_if(t, BPF_JNE, BPF_REG_1, 0);
	}
	if (is_copied(t))
		emit_load(&t->e, BPF_W, R_LEN, R_CONTEXT, offsetof(struct __sk_buff, len));
	else
		load_field(t, R_DATA, offsetof(struct xdp_md, data), offsetof(struct __sk_buff, data));
	emit_initial_values(t);
}

/* Compares pointers: without CAP_PERFMON, the verifier refuses to subtract them. */
static void check_direct(struct translation *t, int64_t length)
{
	emit_mov_reg(&t->e, BPF_REG_1, R_DATA);
	emit_alu(&t->e, BPF_ADD, BPF_REG_1, (int32_t)length);
	load_field(t, BPF_REG_2, offsetof(struct xdp_md, data_end), offsetof(struct __sk_buff, data_end));
	emit_jump_reg(&t->e, BPF_JGT, BPF_REG_1, BPF_REG_2, distance_to(t, t->general));
}

static void copy_more(struct translation *t, int64_t before, int64_t length)
{
	leave_if(t, BPF_JLT, R_LEN, (int32_t)length);
	emit_mov(&t->e, BPF_REG_2, (int32_t)before);
	emit_mov(&t->e, BPF_REG_4, (int32_t)(length - before));
	emit_call_load(t, t->layout.prefix_at + (int)before);
}

/* If a processor has no unaligned loads, the verifier assumes that the packet begins two bytes after an aligned address. */
static void read_checked(struct translation *t, uint8_t to, uint32_t end, uint32_t at)
{
	enum { IP_ALIGN = 2 };
	const struct cbpf_facts *facts = &t->layout.facts;
	int64_t before = facts->before[at].length, length = cbpf_fast_length(t->program, facts, at);
	uint32_t size = cbpf_size(t->program->insns[at].code);
	int offset = (int)(end - size);

	if (length > before && is_copied(t))
		copy_more(t, before, length);
	else if (length > before)
		check_direct(t, length);
	if (is_copied(t))
		emit_read(t, to, R_FRAME, t->layout.prefix_at + offset, size, 0);
	else
		emit_read(t, to, R_DATA, offset, size, IP_ALIGN);
}

/* Helpers take 32 bits of the offset, and compare it with the packet's length themselves. */
static void load_slowly(struct translation *t, uint8_t to, const struct cbpf_insn *i)
{
	if (cbpf_is_variable_load(i)) {
		emit_mov_reg(&t->e, BPF_REG_2, R_X);
		emit_alu(&t->e, BPF_ADD, BPF_REG_2, (int32_t)i->k);
		emit_jump(&t->e, BPF_JLE, BPF_REG_2, INT32_MAX, 1);
		emit_exit(&t->e);
	} else {
		emit_mov(&t->e, BPF_REG_2, (int32_t)i->k);
	}
	emit_load_by_helper(t, to, cbpf_size(i->code));
}

void emit_fast_load(struct translation *t, uint32_t at)
{
	const struct cbpf_insn *i = &t->program->insns[at];
	const bool header_length = BPF_CLASS(i->code) == BPF_LDX;
	const uint8_t to = header_length ? R_X : R_A;
	uint32_t end = cbpf_fast_end(t->program, &t->layout.facts, at);

	if (end)
		read_checked(t, to, end, at);
	else
		load_slowly(t, to, i);
	if (!header_length)
		return;
	emit_alu(&t->e, BPF_AND, R_X, 15);
	if (end)
		leave_if(t, BPF_JNE, R_X, IPV4_HEADER_WORDS);
	emit_alu(&t->e, BPF_LSH, R_X, 2);
}

void emit_fast_length(struct translation *t, uint8_t to)
{
	if (t->target.context == CBPF_XDP) {
		emit_mov_reg(&t->e, BPF_REG_1, R_CONTEXT);
		emit_call(&t->e, BPF_FUNC_xdp_get_buff_len);
		emit_mov_reg(&t->e, to, R_RESULT);
		emit_mov(&t->e, R_RESULT, 0);
	} else {
		emit_load(&t->e, BPF_W, to, R_CONTEXT, offsetof(struct __sk_buff, len));
	}
}
