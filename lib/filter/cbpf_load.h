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
	R_LEN = BPF_REG_9, /* bytes of the packet, including an offloaded tag */
	R_FRAME = BPF_REG_10,
};

struct translation {
	struct emit e;
	const struct cbpf *program;
	struct cbpf_target target;
	struct cbpf_layout layout;
	uint32_t *start; /* first eBPF instruction of each classic one */
	bool *used;      /* whether it can be reached */
	int err;
};

/* Finds the length and copies the prefix. */
void emit_prologue(struct translation *t);

/* Loads into A or X. The program ends if the packet is too short. `known`: the packet's minimum length. */
void emit_load_constant(struct translation *t, uint8_t to, uint32_t offset, uint32_t size, int64_t known);
void emit_load_variable(struct translation *t, uint32_t offset, uint32_t size);
