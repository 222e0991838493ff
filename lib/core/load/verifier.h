/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Reduces the verifier's log of a refused program to a place and one sentence. Works on text only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct refusal {
	bool placed;      /* `insn` is known */
	uint32_t insn;    /* of the program with its called functions appended, as the kernel gets it */
	uint32_t line;    /* of the C source; 0: unknown (kernels before 6.8 do not log it) */
	char file[128];   /* without its directory */
	char source[160]; /* the C line itself, "" where unknown */
	char cause[512];  /* one sentence, without a full stop */
};

/* Reads the reason at the end of a verifier log. False: not found. */
bool verifier_reduce(const char *log, struct refusal *refusal);
