/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Writes eBPF instructions in sequence, or only counts them if `insns` is NULL. */
#pragma once

#include <linux/bpf.h>
#include <stdint.h>

struct emit {
	struct bpf_insn *insns; /* NULL: count */
	uint32_t n;
};

static inline void emit(struct emit *e, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	struct bpf_insn *insn = e->insns ? &e->insns[e->n] : (struct bpf_insn *)0;

	e->n++;
	if (!insn)
		return;
	insn->code = code;
	insn->dst_reg = dst;
	insn->src_reg = src;
	insn->off = off;
	insn->imm = imm;
}

/* 64-bit operations with a constant or a register. */
static inline void emit_alu(struct emit *e, uint8_t op, uint8_t dst, int32_t imm)
{
	emit(e, BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
}

static inline void emit_alu_reg(struct emit *e, uint8_t op, uint8_t dst, uint8_t src)
{
	emit(e, BPF_ALU64 | op | BPF_X, dst, src, 0, 0);
}

static inline void emit_mov(struct emit *e, uint8_t dst, int32_t imm)
{
	emit_alu(e, BPF_MOV, dst, imm);
}

static inline void emit_mov_reg(struct emit *e, uint8_t dst, uint8_t src)
{
	emit_alu_reg(e, BPF_MOV, dst, src);
}

/* 64-bit comparisons; if true, `over` instructions are skipped. */
static inline void emit_jump(struct emit *e, uint8_t op, uint8_t dst, int32_t imm, int16_t over)
{
	emit(e, BPF_JMP | op | BPF_K, dst, 0, over, imm);
}

static inline void emit_jump_reg(struct emit *e, uint8_t op, uint8_t dst, uint8_t src, int16_t over)
{
	emit(e, BPF_JMP | op | BPF_X, dst, src, over, 0);
}

static inline void emit_load(struct emit *e, uint8_t size, uint8_t dst, uint8_t src, int offset)
{
	emit(e, BPF_LDX | BPF_MEM | size, dst, src, (int16_t)offset, 0);
}

static inline void emit_store(struct emit *e, uint8_t size, uint8_t dst, int offset, uint8_t src)
{
	emit(e, BPF_STX | BPF_MEM | size, dst, src, (int16_t)offset, 0);
}

static inline void emit_store_zero(struct emit *e, uint8_t size, uint8_t dst, int offset)
{
	emit(e, BPF_ST | BPF_MEM | size, dst, 0, (int16_t)offset, 0);
}

/* Converts from or to network order. */
static inline void emit_swap(struct emit *e, uint8_t dst, int bits)
{
	emit(e, BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bits);
}

static inline void emit_call(struct emit *e, int32_t helper)
{
	emit(e, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static inline void emit_exit(struct emit *e)
{
	emit(e, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}
