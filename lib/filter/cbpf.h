/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Classic BPF, the language that libpcap compiles filters into: a program, what may be in it, and what it says of a packet.
 * Jumps go forward only, so every program ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As libpcap's struct bpf_insn and Linux's struct sock_filter, whose headers cannot be included together. */
struct cbpf_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

struct cbpf {
	struct cbpf_insn *insns;
	uint32_t n;
};

/*
 * Whether a program can be run and translated. -ELOOP: it jumps backwards. -EINVAL: an unknown instruction, a jump out of the
 * program, a division by a constant zero, scratch memory beyond its 16 words, or no return at the end.
 */
int cbpf_check(const struct cbpf *program);

/* Whether an instruction asks the kernel about a live packet (SKF_AD_OFF), instead of loading from it. */
bool cbpf_is_question(const struct cbpf_insn *i);

/* Whether it asks for more than bytes and length: for what only a live packet has, such as its direction. */
bool cbpf_is_live(const struct cbpf *program);

/*
 * Runs a checked program that is not live over `len` bytes of a packet that had `wire_len`: whether it matches. A load beyond
 * the bytes and a division by zero end it without a match.
 */
bool cbpf_matches(const struct cbpf *program, const uint8_t *data, uint32_t len, uint32_t wire_len);
