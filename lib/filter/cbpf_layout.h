/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The stack layout and known packet lengths of a translation, computed before instructions are written. */
#pragma once

#include "cbpf_facts.h"
#include "cbpf_translate.h"

enum {
	TAG_AT = 12, /* offset of the VLAN tag in an Ethernet header */
	TAG_SIZE = 4,
	PREFIX_MAX = 96,  /* constant offsets up to here are read from the prefix; beyond, each load calls a helper */
	DIRECT_MAX = 256, /* later bytes are seldom in the packet's linear part */
	UNREACHED = -1,
};

/* The stack frame, as offsets from its top. */
struct cbpf_layout {
	uint32_t prefix;         /* bytes of the packet that the general half copies to the stack first; 0: none */
	int prefix_at;           /* their offset */
	int cleared_at, cleared; /* an aligned region around them, and its size */
	int loaded_at;           /* eight bytes, the target of helper loads */
	int window_at;           /* sixteen: bytes 8 to 23 of the packet, aligned; 0: not needed */
	int scratch_at[16];      /* M[]; 0: not used */
	uint8_t scratch_size;    /* of each word: BPF_DW or BPF_W */
	int64_t *known;          /* for each instruction, the minimum packet length known there; UNREACHED: never run */
	struct cbpf_facts facts; /* of the fast half */
};

/* Computes the layout for a checked program. -ENOMEM. */
int cbpf_lay_out(const struct cbpf *program, const struct cbpf_target *target, struct cbpf_layout *layout);
void cbpf_layout_free(struct cbpf_layout *layout);

/* Whether an instruction ends the program for every packet: a return, or a load beyond any packet's end. */
bool cbpf_is_end(const struct cbpf_insn *i);

bool cbpf_is_constant_load(const struct cbpf_insn *i);
bool cbpf_is_variable_load(const struct cbpf_insn *i);

uint32_t cbpf_size(uint16_t code);
