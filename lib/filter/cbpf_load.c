/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "cbpf_load.h"

#include <stddef.h>

static bool is_tagged(const struct translation *t)
{
	return t->target.context != CBPF_XDP && t->target.ethernet;
}

static void load_skb_field(struct translation *t, uint8_t to, size_t offset)
{
	emit_load(&t->e, BPF_W, to, R_CONTEXT, (int)offset);
}

void emit_call_load(struct translation *t, int to)
{
	emit_mov_reg(&t->e, BPF_REG_1, R_CONTEXT);
	emit_mov_reg(&t->e, BPF_REG_3, R_FRAME);
	emit_alu(&t->e, BPF_ADD, BPF_REG_3, to);
	emit_call(&t->e, t->target.context == CBPF_XDP ? BPF_FUNC_xdp_load_bytes : BPF_FUNC_skb_load_bytes);
	emit_jump(&t->e, BPF_JEQ, R_RESULT, 0, 1);
	emit_exit(&t->e);
}

/* Counts the instructions of a part, to jump over it. */
static int16_t count_insns(const struct translation *t, void (*part)(struct translation *t))
{
	struct translation dry = *t;

	dry.e = (struct emit){ 0 };
	part(&dry);
	return (int16_t)dry.e.n;
}

static void clear_prefix(struct translation *t)
{
	int i;

	for (i = 0; i < t->layout.cleared; i += 8)
		emit_store_zero(&t->e, BPF_DW, R_FRAME, t->layout.cleared_at + i);
}

static void copy_whole(struct translation *t)
{
	emit_mov(&t->e, BPF_REG_2, 0);
	emit_mov(&t->e, BPF_REG_4, (int32_t)t->layout.prefix);
	emit_call_load(t, t->layout.prefix_at);
}

/* Both bounds are compared on R4 itself: the verifier of 6.1 needs that. */
static void copy_short(struct translation *t)
{
	clear_prefix(t);
	emit_mov_reg(&t->e, BPF_REG_4, R_LEN);
	emit_jump(&t->e, BPF_JGE, BPF_REG_4, 1, 1);
	emit_exit(&t->e);
	emit_mov(&t->e, BPF_REG_2, 0);
	emit_call_load(t, t->layout.prefix_at);
}

/* A part of one byte is none. Without CAP_PERFMON, 6.1 and 6.12 also verify a call that only speculation reaches. */
static void copy_plain(struct translation *t)
{
	if (t->layout.prefix == 1) {
		emit_jump(&t->e, BPF_JGE, R_LEN, 1, 1);
		emit_exit(&t->e);
		copy_whole(t);
		return;
	}
	emit_jump(&t->e, BPF_JGE, R_LEN, (int32_t)t->layout.prefix, (int16_t)(count_insns(t, copy_short) + 1));
	copy_short(t);
	emit_jump(&t->e, BPF_JA, 0, 0, count_insns(t, copy_whole));
	copy_whole(t);
}

/*
 * Copies bytes 8 to 23 again, as two words of the CPU's byte order, for loads at a variable offset that touch the tag. It stores whole
 * words: without CAP_PERFMON, 6.1 refuses to store parts of one.
 */
static void fill_window(struct translation *t)
{
	int i;

	for (i = 0; i < 16; i += 8) {
		emit_read(t, BPF_REG_2, R_FRAME, t->layout.prefix_at + 8 + i, 8, 0);
		emit_store(&t->e, BPF_DW, R_FRAME, t->layout.window_at + i, BPF_REG_2);
	}
}

/* Nothing reads it without a tag, but the verifier does not know that. */
static void clear_window(struct translation *t)
{
	emit_store_zero(&t->e, BPF_DW, R_FRAME, t->layout.window_at);
	emit_store_zero(&t->e, BPF_DW, R_FRAME, t->layout.window_at + 8);
}

static void store_tag(struct translation *t)
{
	int at = t->layout.prefix_at + TAG_AT;

	load_skb_field(t, BPF_REG_1, offsetof(struct __sk_buff, vlan_proto)); /* already in network order */
	emit_store(&t->e, BPF_H, R_FRAME, at, BPF_REG_1);
	load_skb_field(t, BPF_REG_1, offsetof(struct __sk_buff, vlan_tci));
	emit_swap(&t->e, BPF_REG_1, 16);
	emit_store(&t->e, BPF_H, R_FRAME, at + 2, BPF_REG_1);
}

static void copy_behind_tag(struct translation *t)
{
	emit_mov(&t->e, BPF_REG_2, TAG_AT);
	emit_call_load(t, t->layout.prefix_at + TAG_AT + TAG_SIZE);
}

/* Copies the addresses, the tag and the bytes after it. */
static void copy_tagged(struct translation *t)
{
	int32_t rest = (int32_t)t->layout.prefix - TAG_AT - TAG_SIZE;

	clear_prefix(t);
	emit_jump(&t->e, BPF_JGE, R_LEN, TAG_AT, 1);
	emit_exit(&t->e);
	emit_mov(&t->e, BPF_REG_2, 0);
	emit_mov(&t->e, BPF_REG_4, TAG_AT);
	emit_call_load(t, t->layout.prefix_at);
	store_tag(t);
	emit_mov_reg(&t->e, BPF_REG_4, R_LEN);
	emit_alu(&t->e, BPF_SUB, BPF_REG_4, TAG_AT);
	emit_jump(&t->e, BPF_JLE, BPF_REG_4, rest, 1);
	emit_mov(&t->e, BPF_REG_4, rest);
	emit_jump(&t->e, BPF_JLT, BPF_REG_4, 1, count_insns(t, copy_behind_tag));
	copy_behind_tag(t);
	emit_alu(&t->e, BPF_ADD, R_LEN, TAG_SIZE);
	if (t->layout.window_at)
		fill_window(t);
}

/* A program without loads sees the tag only in the packet's length. */
static void add_tag_length(struct translation *t)
{
	emit_alu(&t->e, BPF_ADD, R_LEN, TAG_SIZE);
}

static void copy_untagged(struct translation *t)
{
	if (t->layout.window_at)
		clear_window(t);
	copy_plain(t);
}

static void copy_any(struct translation *t)
{
	load_skb_field(t, BPF_REG_1, offsetof(struct __sk_buff, vlan_present));
	if (!t->layout.prefix) {
		emit_jump(&t->e, BPF_JEQ, BPF_REG_1, 0, count_insns(t, add_tag_length));
		add_tag_length(t);
		return;
	}
	emit_jump(&t->e, BPF_JEQ, BPF_REG_1, 0, (int16_t)(count_insns(t, copy_tagged) + 1));
	copy_tagged(t);
	emit_jump(&t->e, BPF_JA, 0, 0, count_insns(t, copy_untagged));
	copy_untagged(t);
}

static void find_length(struct translation *t)
{
	if (t->target.context != CBPF_XDP) {
		load_skb_field(t, R_LEN, offsetof(struct __sk_buff, len));
	} else {
		emit_mov_reg(&t->e, BPF_REG_1, R_CONTEXT);
		emit_call(&t->e, BPF_FUNC_xdp_get_buff_len);
		emit_mov_reg(&t->e, R_LEN, R_RESULT);
	}
	emit_mov(&t->e, R_RESULT, 0);
}

void emit_initial_values(struct translation *t)
{
	int i;

	for (i = 0; i < 16; i++)
		if (t->layout.scratch_at[i])
			emit_store_zero(&t->e, t->layout.scratch_size, R_FRAME, t->layout.scratch_at[i]);
	emit_mov(&t->e, R_A, 0);
	emit_mov(&t->e, R_X, 0);
	emit_mov(&t->e, R_RESULT, 0);
}

void emit_prologue(struct translation *t)
{
	find_length(t);
	if (is_tagged(t))
		copy_any(t);
	else if (t->layout.prefix)
		copy_plain(t);
	emit_initial_values(t);
}

static uint8_t width_of(uint32_t size)
{
	return size == 8 ? BPF_DW : size == 4 ? BPF_W : size == 2 ? BPF_H : BPF_B;
}

/* One aligned read, converted to the CPU's byte order. */
static void read_piece(struct translation *t, uint8_t to, uint8_t base, int at, uint32_t size)
{
	emit_load(&t->e, width_of(size), to, base, at);
	if (size > 1)
		emit_swap(&t->e, to, (int)size * 8);
}

void emit_read(struct translation *t, uint8_t to, uint8_t base, int at, uint32_t size, int skew)
{
	uint32_t piece = size, done;

	while ((at + skew) & (int)(piece - 1))
		piece /= 2;
	read_piece(t, to, base, at, piece);
	for (done = piece; done < size; done += piece) {
		emit_alu(&t->e, BPF_LSH, to, (int32_t)piece * 8);
		read_piece(t, BPF_REG_1, base, at + (int)done, piece);
		emit_alu_reg(&t->e, BPF_OR, to, BPF_REG_1);
	}
}

static void read_stack(struct translation *t, uint8_t to, int at, uint32_t size)
{
	emit_read(t, to, R_FRAME, at, size, 0);
}

void emit_load_by_helper(struct translation *t, uint8_t to, uint32_t size)
{
	emit_mov(&t->e, BPF_REG_4, (int32_t)size);
	emit_call_load(t, t->layout.loaded_at);
	read_stack(t, to, t->layout.loaded_at, size);
}

void emit_load_constant(struct translation *t, uint8_t to, uint32_t offset, uint32_t size, int64_t known)
{
	uint32_t end = offset + size;

	if (known < (int64_t)end) {
		emit_jump(&t->e, BPF_JGE, R_LEN, (int32_t)end, 1);
		emit_exit(&t->e);
	}
	if (end <= t->layout.prefix) {
		read_stack(t, to, t->layout.prefix_at + (int)offset, size);
		return;
	}
	emit_mov(&t->e, BPF_REG_2, (int32_t)offset);
	if (is_tagged(t)) {
		load_skb_field(t, BPF_REG_1, offsetof(struct __sk_buff, vlan_present));
		emit_jump(&t->e, BPF_JEQ, BPF_REG_1, 0, 1);
		emit_alu(&t->e, BPF_SUB, BPF_REG_2, TAG_SIZE);
	}
	emit_load_by_helper(t, to, size);
}

/* R2 is the offset, 9 to 15, and R1 the load's end. The bytes are shifted out of the window's two words. */
static void read_window(struct translation *t, uint32_t size)
{
	struct emit *e = &t->e;

	emit_jump_reg(e, BPF_JLE, BPF_REG_1, R_LEN, 1);
	emit_exit(e);
	emit_alu(e, BPF_SUB, BPF_REG_2, 8);
	emit_alu(e, BPF_LSH, BPF_REG_2, 3);
	emit_load(e, BPF_DW, R_A, R_FRAME, t->layout.window_at);
	emit_alu_reg(e, BPF_LSH, R_A, BPF_REG_2);
	emit_mov(e, BPF_REG_3, 64);
	emit_alu_reg(e, BPF_SUB, BPF_REG_3, BPF_REG_2);
	emit_load(e, BPF_DW, BPF_REG_1, R_FRAME, t->layout.window_at + 8);
	emit_alu_reg(e, BPF_RSH, BPF_REG_1, BPF_REG_3);
	emit_alu_reg(e, BPF_OR, R_A, BPF_REG_1);
	emit_alu(e, BPF_RSH, R_A, 64 - (int32_t)size * 8);
}

static void load_byte(struct translation *t)
{
	emit_load_by_helper(t, R_A, 1);
}

static void load_half(struct translation *t)
{
	emit_load_by_helper(t, R_A, 2);
}

static void load_word(struct translation *t)
{
	emit_load_by_helper(t, R_A, 4);
}

/*
 * If there is a tag, offsets before it equal the kernel's, offsets after it are four larger, and loads that touch it read the
 * window.
 */
static void emit_untagged_offset(struct translation *t, uint32_t size)
{
	enum { WINDOW_INSNS = 12 };
	struct emit *e = &t->e;
	int16_t load = count_insns(t, size == 4 ? load_word : size == 2 ? load_half : load_byte);

	load_skb_field(t, BPF_REG_1, offsetof(struct __sk_buff, vlan_present));
	emit_jump(e, BPF_JEQ, BPF_REG_1, 0, WINDOW_INSNS + 6);
	emit_jump(e, BPF_JGE, BPF_REG_2, TAG_AT + TAG_SIZE, WINDOW_INSNS + 4);
	emit_mov_reg(e, BPF_REG_1, BPF_REG_2);
	emit_alu(e, BPF_ADD, BPF_REG_1, (int32_t)size);
	emit_jump(e, BPF_JLE, BPF_REG_1, TAG_AT, WINDOW_INSNS + 2);
	read_window(t, size);
	emit_jump(e, BPF_JA, 0, 0, (int16_t)(load + 1));
	emit_alu(e, BPF_SUB, BPF_REG_2, TAG_SIZE);
}

/* X and the constant are added in 64 bits, so the sum cannot wrap around to the packet's beginning. */
void emit_load_variable(struct translation *t, uint32_t offset, uint32_t size)
{
	struct emit *e = &t->e;

	emit_mov_reg(e, BPF_REG_2, R_X);
	if (offset)
		emit_alu(e, BPF_ADD, BPF_REG_2, (int32_t)offset);
	emit_jump_reg(e, BPF_JLE, BPF_REG_2, R_LEN, 1);
	emit_exit(e);
	if (is_tagged(t))
		emit_untagged_offset(t, size);
	emit_load_by_helper(t, R_A, size);
}
