/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "cbpf.h"

#include <errno.h>
#include <linux/filter.h>

enum { LIVE_FIRST = 0x80000000 }; /* offsets from here on are negative, as SKF_AD_OFF */

static bool is_load(uint16_t code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
	case BPF_LD | BPF_W | BPF_IND:
	case BPF_LD | BPF_H | BPF_IND:
	case BPF_LD | BPF_B | BPF_IND:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_B | BPF_MSH:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_IMM:
	case BPF_LDX | BPF_MEM:
		return true;
	}
	return false;
}

static bool is_alu(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_DIV:
	case BPF_MOD:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
	case BPF_LSH:
	case BPF_RSH:
		return (code & ~(BPF_ALU | BPF_OP(code))) == BPF_SRC(code);
	}
	return code == (BPF_ALU | BPF_NEG);
}

static bool is_jump(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
	case BPF_JGT:
	case BPF_JGE:
	case BPF_JSET:
		return (code & ~(BPF_JMP | BPF_OP(code))) == BPF_SRC(code);
	}
	return code == (BPF_JMP | BPF_JA);
}

static bool is_known(uint16_t code)
{
	switch (BPF_CLASS(code)) {
	case BPF_LD:
	case BPF_LDX:
		return is_load(code);
	case BPF_ST:
	case BPF_STX:
		return code == BPF_ST || code == BPF_STX;
	case BPF_ALU:
		return is_alu(code);
	case BPF_JMP:
		return is_jump(code);
	case BPF_RET:
		return code == (BPF_RET | BPF_K) || code == (BPF_RET | BPF_A);
	}
	return code == (BPF_MISC | BPF_TAX) || code == (BPF_MISC | BPF_TXA);
}

static bool uses_scratch(uint16_t code)
{
	return code == BPF_ST || code == BPF_STX || code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

static bool divides_by_zero(const struct cbpf_insn *i)
{
	return (i->code == (BPF_ALU | BPF_DIV | BPF_K) || i->code == (BPF_ALU | BPF_MOD | BPF_K)) && !i->k;
}

/* `left`: instructions after this one. */
static int check_jump(const struct cbpf_insn *i, uint32_t left)
{
	if (i->code == (BPF_JMP | BPF_JA) && i->k >= LIVE_FIRST)
		return -ELOOP;
	if (i->code == (BPF_JMP | BPF_JA))
		return i->k < left ? 0 : -EINVAL;
	return i->jt < left && i->jf < left ? 0 : -EINVAL;
}

static int check_insn(const struct cbpf_insn *i, uint32_t left)
{
	if (!is_known(i->code) || divides_by_zero(i) || (uses_scratch(i->code) && i->k >= BPF_MEMWORDS))
		return -EINVAL;
	return BPF_CLASS(i->code) == BPF_JMP ? check_jump(i, left) : 0;
}

int cbpf_check(const struct cbpf *p)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < p->n && !err; i++)
		err = check_insn(&p->insns[i], p->n - i - 1);
	if (!err && (!p->n || BPF_CLASS(p->insns[p->n - 1].code) != BPF_RET))
		err = -EINVAL;
	return err;
}

bool cbpf_is_ancillary(const struct cbpf_insn *i)
{
	uint32_t ancillary = i->k - (uint32_t)SKF_AD_OFF;

	return BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_ABS && ancillary < SKF_AD_MAX && ancillary % 4 == 0;
}

bool cbpf_is_live(const struct cbpf *p)
{
	uint32_t i;

	for (i = 0; i < p->n; i++)
		if (cbpf_is_ancillary(&p->insns[i]))
			return true;
	return false;
}

struct cbpf_state {
	const uint8_t *data;
	uint32_t len, wire_len;
	uint32_t a, x, scratch[BPF_MEMWORDS];
};

static uint32_t size_of(uint16_t code)
{
	return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

/* `offset` has 64 bits because the sum of two 32-bit numbers must not wrap. */
static bool load_bytes(const struct cbpf_state *m, uint64_t offset, uint32_t size, uint32_t *to)
{
	uint32_t value = 0;

	if (offset + size > m->len)
		return false;
	while (size--)
		value = value << 8 | m->data[offset++];
	*to = value;
	return true;
}

static bool run_load(struct cbpf_state *m, const struct cbpf_insn *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
		return load_bytes(m, i->k, size_of(i->code), &m->a);
	case BPF_IND:
		return load_bytes(m, (uint64_t)m->x + i->k, size_of(i->code), &m->a);
	case BPF_LEN:
		m->a = m->wire_len;
		return true;
	case BPF_MEM:
		m->a = m->scratch[i->k];
		return true;
	}
	m->a = i->k;
	return true;
}

static bool run_loadx(struct cbpf_state *m, const struct cbpf_insn *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_MSH:
		if (!load_bytes(m, i->k, 1, &m->x))
			return false;
		m->x = (m->x & 15) * 4;
		return true;
	case BPF_LEN:
		m->x = m->wire_len;
		return true;
	case BPF_MEM:
		m->x = m->scratch[i->k];
		return true;
	}
	m->x = i->k;
	return true;
}

static bool run_divide(struct cbpf_state *m, uint16_t code, uint32_t by)
{
	if (!by)
		return false;
	m->a = BPF_OP(code) == BPF_DIV ? m->a / by : m->a % by;
	return true;
}

/* In C a shift by 32 or more is undefined; classic BPF gives 0. */
static uint32_t shift(uint16_t code, uint32_t value, uint32_t by)
{
	if (by > 31)
		return 0;
	return BPF_OP(code) == BPF_LSH ? value << by : value >> by;
}

static bool run_alu(struct cbpf_state *m, const struct cbpf_insn *i)
{
	uint32_t by = BPF_SRC(i->code) == BPF_X ? m->x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_ADD:
		m->a += by;
		return true;
	case BPF_SUB:
		m->a -= by;
		return true;
	case BPF_MUL:
		m->a *= by;
		return true;
	case BPF_OR:
		m->a |= by;
		return true;
	case BPF_AND:
		m->a &= by;
		return true;
	case BPF_XOR:
		m->a ^= by;
		return true;
	case BPF_LSH:
	case BPF_RSH:
		m->a = shift(i->code, m->a, by);
		return true;
	case BPF_NEG:
		m->a = -m->a;
		return true;
	}
	return run_divide(m, i->code, by);
}

/* The number of instructions to skip. */
static uint32_t jump_distance(const struct cbpf_state *m, const struct cbpf_insn *i)
{
	uint32_t to = BPF_SRC(i->code) == BPF_X ? m->x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return m->a == to ? i->jt : i->jf;
	case BPF_JGT:
		return m->a > to ? i->jt : i->jf;
	case BPF_JGE:
		return m->a >= to ? i->jt : i->jf;
	case BPF_JSET:
		return m->a & to ? i->jt : i->jf;
	}
	return i->k;
}

/* Runs an instruction that neither jumps nor returns. False ends the program without a match. */
static bool run_plain(struct cbpf_state *m, const struct cbpf_insn *i)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		return run_load(m, i);
	case BPF_LDX:
		return run_loadx(m, i);
	case BPF_ST:
		m->scratch[i->k] = m->a;
		return true;
	case BPF_STX:
		m->scratch[i->k] = m->x;
		return true;
	case BPF_ALU:
		return run_alu(m, i);
	}
	if (i->code == (BPF_MISC | BPF_TAX))
		m->x = m->a;
	else
		m->a = m->x;
	return true;
}

bool cbpf_matches(const struct cbpf *p, const uint8_t *data, uint32_t len, uint32_t wire_len)
{
	struct cbpf_state m = { .data = data, .len = len, .wire_len = wire_len };
	const struct cbpf_insn *i;

	for (i = p->insns; BPF_CLASS(i->code) != BPF_RET; i++)
		if (BPF_CLASS(i->code) == BPF_JMP)
			i += jump_distance(&m, i);
		else if (!run_plain(&m, i))
			return false;
	return BPF_RVAL(i->code) == BPF_A ? m.a != 0 : i->k != 0;
}
