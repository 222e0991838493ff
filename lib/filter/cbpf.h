/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Classic BPF, the output of libpcap's filter compiler: programs, their validation and an interpreter. Jumps go forward only, so
 * every program ends.
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
 * Returns 0 if a program can be run and translated. -ELOOP: it jumps backwards. -EINVAL: an unknown instruction, a jump out of
 * the program, a division by a constant zero, scratch memory beyond its 16 words, or no return at the end.
 */
int cbpf_check(const struct cbpf *program);

/* Whether an instruction loads metadata of a live packet (an ancillary load, SKF_AD_OFF), not packet bytes. */
bool cbpf_is_ancillary(const struct cbpf_insn *i);

/* Whether a program needs metadata that only a live packet has, such as its direction. */
bool cbpf_is_live(const struct cbpf *program);

/*
 * Runs a checked program without ancillary loads on the first `len` bytes of a packet of `wire_len` bytes. Returns whether it
 * matches. A load beyond the bytes or a division by zero ends it without a match.
 */
bool cbpf_matches(const struct cbpf *program, const uint8_t *data, uint32_t len, uint32_t wire_len);
