/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Our translations in the kernel: up to 32 filters as functions of one program, which returns a bit for each. */
#pragma once

#include "cbpf_translate.h"
#include "packets.h"

enum { BATCH_MAX = 32 };

/* The program's descriptor. If the kernel refuses it, the test fails with the end of the verifier's log. */
int verdicts_load(const struct cbpf *programs, uint32_t n, const struct cbpf_target *target);

/* BPF_PROG_TEST_RUN; false if the kernel refuses the packet. */
bool verdicts_run(int program_fd, const struct packet *p, uint32_t *bits);

/* The same at XDP, with only the first `linear` bytes in the packet's linear part; false if the kernel cannot do that. */
bool verdicts_run_linear(int program_fd, const struct packet *p, uint32_t linear, uint32_t *bits);

/* Runs one filter for the bench: ns per packet. 0: the kernel refuses the packet. */
uint32_t verdicts_time(int program_fd, const struct packet *p, uint32_t repeat);
