/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "cbpf_translate.h"

#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>

#include "cbpf_fast.h"

/* Classic BPF has 32-bit operations. They clear the upper half of the register. */
static void emit32(struct translation *t, uint8_t code, uint8_t dst, uint8_t src, uint32_t k)
{
	emit(&t->e, BPF_ALU | code, dst, src, 0, (int32_t)k);
}

static void emit_return(struct translation *t, const struct cbpf_insn *i)
{
	if (BPF_RVAL(i->code) == BPF_A) {
		emit_jump(&t->e, BPF_JEQ, R_A, 0, 1);
		emit_mov(&t->e, R_RESULT, 1);
	} else if (i->k) {
		emit_mov(&t->e, R_RESULT, 1);
	}
	emit_exit(&t->e);
}

/* The field of an skb for an ancillary load; the offset is from SKF_AD_OFF. */
static int skb_field(uint32_t offset)
{
	switch (offset) {
	case SKF_AD_PROTOCOL:
		return offsetof(struct __sk_buff, protocol);
	case SKF_AD_IFINDEX:
		return offsetof(struct __sk_buff, ifindex);
	case SKF_AD_MARK:
		return offsetof(struct __sk_buff, mark);
	case SKF_AD_QUEUE:
		return offsetof(struct __sk_buff, queue_mapping);
	case SKF_AD_RXHASH:
		return offsetof(struct __sk_buff, hash);
	case SKF_AD_VLAN_TAG:
		return offsetof(struct __sk_buff, vlan_tci);
	case SKF_AD_VLAN_TAG_PRESENT:
		return offsetof(struct __sk_buff, vlan_present);
	case SKF_AD_VLAN_TPID:
		return offsetof(struct __sk_buff, vlan_proto);
	}
	return -EOPNOTSUPP;
}

static int xdp_field(uint32_t offset)
{
	switch (offset) {
	case SKF_AD_IFINDEX:
		return offsetof(struct xdp_md, ingress_ifindex);
	case SKF_AD_QUEUE:
		return offsetof(struct xdp_md, rx_queue_index);
	}
	return -EOPNOTSUPP;
}

static void load_field(struct translation *t, uint32_t offset)
{
	int field = t->target.context == CBPF_XDP ? xdp_field(offset) : skb_field(offset);

	if (field < 0)
		t->err = field;
	emit_load(&t->e, BPF_W, R_A, R_CONTEXT, field);
	if (offset == SKF_AD_PROTOCOL || offset == SKF_AD_VLAN_TPID)
		emit_swap(&t->e, R_A, 16);
}

/*
 * "inbound" and "outbound". Only packet sockets mark outgoing packets. At tc egress the interface differs from the ingress
 * interface. XDP sees incoming packets only.
 */
static void load_packet_type(struct translation *t)
{
	enum { OUTGOING = 4 };

	if (t->target.context == CBPF_XDP) {
		emit_mov(&t->e, R_A, 0);
		return;
	}
	emit_load(&t->e, BPF_W, R_A, R_CONTEXT, offsetof(struct __sk_buff, pkt_type));
	emit_load(&t->e, BPF_W, BPF_REG_1, R_CONTEXT, offsetof(struct __sk_buff, ingress_ifindex));
	emit_load(&t->e, BPF_W, BPF_REG_2, R_CONTEXT, offsetof(struct __sk_buff, ifindex));
	emit_jump_reg(&t->e, BPF_JEQ, BPF_REG_1, BPF_REG_2, 1);
	emit_mov(&t->e, R_A, OUTGOING);
}

static void call_helper(struct translation *t, int32_t helper)
{
	emit_call(&t->e, helper);
	emit32(t, BPF_MOV | BPF_X, R_A, R_RESULT, 0);
	emit_mov(&t->e, R_RESULT, 0);
}

static void emit_ancillary(struct translation *t, uint32_t offset)
{
	switch (offset) {
	case SKF_AD_PKTTYPE:
		load_packet_type(t);
		break;
	case SKF_AD_CPU:
		call_helper(t, BPF_FUNC_get_smp_processor_id);
		break;
	case SKF_AD_RANDOM:
		call_helper(t, BPF_FUNC_get_prandom_u32);
		break;
	case SKF_AD_ALU_XOR_X:
		emit32(t, BPF_XOR | BPF_X, R_A, R_X, 0);
		break;
	default:
		load_field(t, offset);
	}
}

static bool is_fast(const struct translation *t)
{
	return t->half == &t->halves[CBPF_FAST];
}

static void emit_packet_length(struct translation *t, uint8_t to)
{
	if (is_fast(t))
		emit_fast_length(t, to);
	else
		emit32(t, BPF_MOV | BPF_X, to, R_LEN, 0);
}

static void emit_packet_load(struct translation *t, uint32_t at)
{
	const struct cbpf_insn *i = &t->program->insns[at];

	if (is_fast(t))
		emit_fast_load(t, at);
	else if (cbpf_is_constant_load(i))
		emit_load_constant(t, R_A, i->k, cbpf_size(i->code), t->layout.known[at]);
	else
		emit_load_variable(t, i->k, cbpf_size(i->code));
}

static void emit_ld(struct translation *t, uint32_t at)
{
	const struct cbpf_insn *i = &t->program->insns[at];

	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
	case BPF_IND:
		if (cbpf_is_ancillary(i))
			emit_ancillary(t, i->k - (uint32_t)SKF_AD_OFF);
		else
			emit_packet_load(t, at);
		break;
	case BPF_LEN:
		emit_packet_length(t, R_A);
		break;
	case BPF_MEM:
		emit_load(&t->e, t->layout.scratch_size, R_A, R_FRAME, t->layout.scratch_at[i->k]);
		break;
	default:
		emit32(t, BPF_MOV | BPF_K, R_A, 0, i->k);
	}
}

static void emit_header_length(struct translation *t, uint32_t at)
{
	if (is_fast(t)) {
		emit_fast_load(t, at);
		return;
	}
	emit_load_constant(t, R_X, t->program->insns[at].k, 1, t->layout.known[at]);
	emit32(t, BPF_AND | BPF_K, R_X, 0, 15);
	emit32(t, BPF_LSH | BPF_K, R_X, 0, 2);
}

static void emit_ldx(struct translation *t, uint32_t at)
{
	const struct cbpf_insn *i = &t->program->insns[at];

	switch (BPF_MODE(i->code)) {
	case BPF_MSH:
		emit_header_length(t, at);
		break;
	case BPF_LEN:
		emit_packet_length(t, R_X);
		break;
	case BPF_MEM:
		emit_load(&t->e, t->layout.scratch_size, R_X, R_FRAME, t->layout.scratch_at[i->k]);
		break;
	default:
		emit32(t, BPF_MOV | BPF_K, R_X, 0, i->k);
	}
}

static void emit_alu_x(struct translation *t, uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_DIV:
	case BPF_MOD:
		emit_jump(&t->e, BPF_JNE, R_X, 0, 1);
		emit_exit(&t->e);
		break;
	case BPF_LSH:
	case BPF_RSH:
		emit_jump(&t->e, BPF_JLT, R_X, 32, 2);
		emit_mov(&t->e, R_A, 0);
		emit_jump(&t->e, BPF_JA, 0, 0, 1);
		break;
	}
	emit32(t, BPF_OP(code) | BPF_X, R_A, R_X, 0);
}

/* A shift by 32 or more gives 0, and the verifier refuses it as a constant. */
static void emit_alu_k(struct translation *t, const struct cbpf_insn *i)
{
	bool shifts = BPF_OP(i->code) == BPF_LSH || BPF_OP(i->code) == BPF_RSH;

	if (shifts && i->k > 31)
		emit_mov(&t->e, R_A, 0);
	else if (BPF_OP(i->code) == BPF_NEG)
		emit32(t, BPF_NEG, R_A, 0, 0);
	else
		emit32(t, BPF_OP(i->code) | BPF_K, R_A, 0, i->k);
}

int16_t distance_to(struct translation *t, uint32_t to)
{
	int64_t d = (int64_t)to - (int64_t)t->e.n - 1;

	if (t->e.insns && d > INT16_MAX)
		t->err = -E2BIG;
	return (int16_t)d;
}

/* To the first instruction of classic instruction `target`. */
static int16_t distance(struct translation *t, uint32_t target)
{
	t->half->used[target] = true;
	return distance_to(t, t->half->start[target]);
}

/* libpcap jumps to a far return. The return itself is as short, so write it here. */
static void emit_jump_always(struct translation *t, uint32_t target)
{
	const struct cbpf_insn *to = &t->program->insns[target];

	if (BPF_CLASS(to->code) == BPF_RET)
		emit_return(t, to);
	else
		emit(&t->e, BPF_JMP | BPF_JA, 0, 0, distance(t, target), 0);
}

static void emit_jump_if(struct translation *t, const struct cbpf_insn *i, uint32_t next)
{
	uint8_t code = BPF_JMP32 | BPF_OP(i->code) | BPF_SRC(i->code);
	uint8_t src = BPF_SRC(i->code) == BPF_X ? R_X : 0;
	int32_t imm = BPF_SRC(i->code) == BPF_X ? 0 : (int32_t)i->k;

	if (i->jt == i->jf) {
		emit_jump_always(t, next + i->jt);
		return;
	}
	emit(&t->e, code, R_A, src, distance(t, next + i->jt), imm);
	if (i->jf)
		emit_jump_always(t, next + i->jf);
	else
		t->half->used[next] = true;
}

static void emit_jmp(struct translation *t, const struct cbpf_insn *i, uint32_t next)
{
	if (BPF_OP(i->code) == BPF_JA)
		emit_jump_always(t, next + i->k);
	else
		emit_jump_if(t, i, next);
}

static void emit_plain(struct translation *t, uint32_t at)
{
	const struct cbpf_insn *i = &t->program->insns[at];

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		emit_ld(t, at);
		break;
	case BPF_LDX:
		emit_ldx(t, at);
		break;
	case BPF_ST:
	case BPF_STX:
		emit_store(&t->e, t->layout.scratch_size, R_FRAME, t->layout.scratch_at[i->k],
			   BPF_CLASS(i->code) == BPF_ST ? R_A : R_X);
		break;
	case BPF_ALU:
		if (BPF_SRC(i->code) == BPF_X && BPF_OP(i->code) != BPF_NEG)
			emit_alu_x(t, i->code);
		else
			emit_alu_k(t, i);
		break;
	default:
		emit_mov_reg(&t->e, i->code == (BPF_MISC | BPF_TAX) ? R_X : R_A, i->code == (BPF_MISC | BPF_TAX) ? R_A : R_X);
	}
}

/* Unreachable code is left out: the verifier refuses it. Jumps go forward, so all edges to `at` are known. */
static void emit_insn(struct translation *t, uint32_t at)
{
	const struct cbpf_insn *i = &t->program->insns[at];

	t->half->start[at] = t->e.n;
	if (!t->half->used[at])
		return;
	if (BPF_CLASS(i->code) == BPF_RET) {
		emit_return(t, i);
	} else if (cbpf_is_end(i)) {
		emit_exit(&t->e);
	} else if (BPF_CLASS(i->code) == BPF_JMP) {
		emit_jmp(t, i, at + 1);
	} else {
		emit_plain(t, at);
		t->half->used[at + 1] = true;
	}
}

static void emit_half(struct translation *t, enum cbpf_half which)
{
	uint32_t at;

	t->half = &t->halves[which];
	if (which == CBPF_FAST)
		emit_fast_prologue(t);
	else
		emit_prologue(t);
	for (at = 0; at < t->program->n; at++)
		emit_insn(t, at);
}

static void emit_all(struct translation *t)
{
	t->e.n = 0;
	emit_mov_reg(&t->e, R_CONTEXT, BPF_REG_1);
	if (t->layout.facts.before)
		emit_half(t, CBPF_FAST);
	t->general = t->e.n;
	emit_half(t, CBPF_GENERAL);
}

static int make_half(struct half *half, uint32_t n)
{
	half->start = calloc(n, sizeof(*half->start));
	half->used = calloc(n, sizeof(*half->used));
	if (!half->start || !half->used)
		return -ENOMEM;
	half->used[0] = true;
	return 0;
}

/* The first pass, to count and to find the jump targets. A long filter has no fast half: it could not jump over the rest of it. */
static void measure(struct translation *t)
{
	emit_all(t);
	if (t->general <= INT16_MAX)
		return;
	free(t->layout.facts.before);
	t->layout.facts.before = NULL;
	emit_all(t);
}

/* Two passes: one to measure, one to write. */
static int translate(struct translation *t)
{
	int err = make_half(&t->halves[0], t->program->n);

	if (!err)
		err = make_half(&t->halves[1], t->program->n);
	if (err)
		return err;
	measure(t);
	if (t->err)
		return t->err;
	t->e.insns = calloc(t->e.n, sizeof(*t->e.insns));
	if (!t->e.insns)
		return -ENOMEM;
	emit_all(t);
	return t->err;
}

static void free_half(struct half *half)
{
	free(half->start);
	free(half->used);
}

int cbpf_translate(const struct cbpf *program, const struct cbpf_target *target, struct bpf_insn **insns, uint32_t *n)
{
	struct translation t = { .program = program, .target = *target };
	int err = cbpf_lay_out(program, target, &t.layout);

	if (!err)
		err = translate(&t);
	cbpf_layout_free(&t.layout);
	free_half(&t.halves[0]);
	free_half(&t.halves[1]);
	if (err) {
		free(t.e.insns);
		return err;
	}
	*insns = t.e.insns;
	*n = t.e.n;
	return 0;
}
