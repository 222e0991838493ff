/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* From classic BPF to eBPF. */
#pragma once

#include "cbpf.h"

struct bpf_insn; /* linux/bpf.h */

enum cbpf_context {
	CBPF_XDP, /* struct xdp_md */
	CBPF_SKB, /* struct __sk_buff: tc and socket filters */
};

struct cbpf_target {
	enum cbpf_context context;
	bool ethernet; /* packets begin with an Ethernet header; the VLAN tag that an skb keeps apart is read at its place */
};

/*
 * Translates a checked program into the body of a global function `int f(context *)`, which returns 1 for a match, else 0 or less.
 * It calls no more than the hooks' helpers that load bytes, uses the stack as far as scratch memory and constant offsets need
 * it, at most 200 bytes, and wants no right beyond the hook's. The instructions are the caller's to free.
 * -EOPNOTSUPP: it asks for something that this context does not have. -E2BIG: a jump is too far for eBPF. -ENOMEM.
 */
int cbpf_translate(const struct cbpf *program, const struct cbpf_target *target, struct bpf_insn **insns, uint32_t *n);
