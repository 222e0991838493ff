/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What the kernel's verifier says about a program that it refuses, reduced to a place and one sentence. Text only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct refusal {
	bool placed;      /* `insn` is known */
	uint32_t insn;    /* of the program as it was given to the kernel, subprograms behind it */
	uint32_t line;    /* of the C source; 0: unknown (kernels before 6.8 do not log it) */
	char file[128];   /* without its directory */
	char source[160]; /* the C line itself, "" where unknown */
	char cause[512];  /* one sentence, without a full stop */
};

/* Reads the last words of a verifier's log. False: it holds none. */
bool verifier_reduce(const char *log, struct refusal *refusal);
