/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * What the fast half of a translation knows before each classic instruction (see cbpf_fast.h). It assumes IPv4 headers without options
 * and enough bytes. It checks both and leaves where they fail, so all facts are certain.
 */
#pragma once

#include "cbpf.h"

enum { IPV4_HEADER_WORDS = 5 /* without options */, X_UNKNOWN = -1, NOT_RUN = -1 };

struct cbpf_fact {
	int64_t length; /* bytes of the packet that were checked; NOT_RUN */
	int64_t x;      /* the value of X, or X_UNKNOWN */
};

struct cbpf_facts {
	struct cbpf_fact *before; /* each instruction; NULL if no load is fast */
	uint32_t limit;           /* fast loads end here at most */
	uint32_t longest;         /* the last end of a fast load */
	uint32_t first;           /* bytes that the first check covers at least */
};

/* -ENOMEM. The caller frees `before`. */
int cbpf_find_facts(const struct cbpf *program, bool ethernet, uint32_t limit, struct cbpf_facts *facts);

/* The end of the load at `at`. 0: it is not a load, or not a fast one. */
uint32_t cbpf_fast_end(const struct cbpf *program, const struct cbpf_facts *facts, uint32_t at);

/* The length that is known after the instruction at `at`. If it is more than before, the instruction checks it. */
int64_t cbpf_fast_length(const struct cbpf *program, const struct cbpf_facts *facts, uint32_t at);
