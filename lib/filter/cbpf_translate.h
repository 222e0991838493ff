/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Translates classic BPF to eBPF. */
#pragma once

#include "cbpf.h"

struct bpf_insn; /* linux/bpf.h */

enum cbpf_context {
	CBPF_XDP, /* struct xdp_md */
	CBPF_TC,  /* struct __sk_buff in a tc program, which may read the packet itself */
	CBPF_SKB, /* struct __sk_buff in any program: it reads the packet by helpers */
};

struct cbpf_target {
	enum cbpf_context context;
	bool ethernet; /* packets begin with an Ethernet header; an skb's offloaded VLAN tag is read as if in band */
};

/*
 * Translates a checked program into the body of a global function `int f(context *)`, which returns 1 for a match, else 0 or less.
 * At XDP and tc it reads the linear part of the packet itself. Else it calls only the hooks' helpers that load bytes. It uses at most
 * 200 bytes of stack (for scratch memory and constant offsets) and needs no capability beyond the hook's. The caller frees the
 * instructions.
 * -EOPNOTSUPP: this context lacks a field that the program reads. -E2BIG: a jump is too far for eBPF. -ENOMEM.
 */
int cbpf_translate(const struct cbpf *program, const struct cbpf_target *target, struct bpf_insn **insns, uint32_t *n);
