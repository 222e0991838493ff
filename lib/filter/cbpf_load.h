/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* How a translated program reads the packet. */
#pragma once

#include "cbpf_layout.h"
#include "ebpf_emit.h"

/*
 * Registers of a translated program. R0 is 0 between instructions, so an exit anywhere means "no match". Helpers set it to 0 on
 * success and to a negative value on failure.
 */
enum {
	R_RESULT = BPF_REG_0,
	R_CONTEXT = BPF_REG_6,
	R_A = BPF_REG_7,
	R_X = BPF_REG_8,
	R_LEN = BPF_REG_9,  /* bytes of the packet, including an offloaded tag */
	R_DATA = BPF_REG_9, /* instead, in a fast half with direct packet access: the first byte */
	R_FRAME = BPF_REG_10,
};

enum cbpf_half { CBPF_GENERAL, CBPF_FAST };

struct translation {
	struct emit e;
	const struct cbpf *program;
	struct cbpf_target target;
	struct cbpf_layout layout;
	struct half {
		uint32_t *start; /* first eBPF instruction of each classic one */
		bool *used;      /* whether it can be reached */
	} halves[2], *half;      /* of enum cbpf_half; and the one that is being written */
	uint32_t general;        /* where the general half begins */
	int err;
};

/* The jump offset from the next instruction to instruction `to`, which the first pass may not know yet. */
int16_t distance_to(struct translation *t, uint32_t to);

/* Finds the length and copies the prefix. */
void emit_prologue(struct translation *t);

/* Sets the registers and the scratch memory to 0. */
void emit_initial_values(struct translation *t);

/* Copies R4 bytes at offset R2 of the kernel's packet to an offset of the stack. The program ends if they do not exist. */
void emit_call_load(struct translation *t, int to);

/* Loads `size` bytes at offset R2 of the kernel's packet into A or X. */
void emit_load_by_helper(struct translation *t, uint8_t to, uint32_t size);

/* Reads `size` bytes in network order in as few pieces as alignment allows. An aligned address has `at` + `skew` divisible. */
void emit_read(struct translation *t, uint8_t to, uint8_t base, int at, uint32_t size, int skew);

/* Loads into A or X. The program ends if the packet is too short. `known`: the packet's minimum length. */
void emit_load_constant(struct translation *t, uint8_t to, uint32_t offset, uint32_t size, int64_t known);
void emit_load_variable(struct translation *t, uint32_t offset, uint32_t size);
