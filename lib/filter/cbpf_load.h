/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* How a translated program gets at the packet. */
#pragma once

#include "cbpf_layout.h"
#include "ebpf_emit.h"

/*
 * Registers of a translated program. R0 is 0 between instructions, so that an exit anywhere is "no match"; helpers leave it so
 * when they succeed, and negative when they fail.
 */
enum {
	R_RESULT = BPF_REG_0,
	R_CONTEXT = BPF_REG_6,
	R_A = BPF_REG_7,
	R_X = BPF_REG_8,
	R_LEN = BPF_REG_9, /* bytes of the packet, a tag that is kept apart included */
	R_FRAME = BPF_REG_10,
};

struct translation {
	struct emit e;
	const struct cbpf *program;
	struct cbpf_target target;
	struct cbpf_layout layout;
	uint32_t *start; /* where each classic instruction's begin */
	bool *used;      /* whether anything leads to it */
	int err;
};

/* Finds the length and copies the prefix. */
void emit_prologue(struct translation *t);

/* Loads into A or X; where the packet ends before, the program ends. `known`: how long the packet is at least. */
void emit_load_constant(struct translation *t, uint8_t to, uint32_t offset, uint32_t size, int64_t known);
void emit_load_variable(struct translation *t, uint32_t offset, uint32_t size);
