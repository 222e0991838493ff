/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Programs of another process, attached next to ours; and the list of programs on an interface. */
#pragma once

#include <bpf/bpf.h>
#include <stddef.h>
#include <stdint.h>

struct foreign {
	int program, runs_map;
};

/* A program that counts its runs and returns `verdict`. */
struct foreign foreign_load(enum bpf_prog_type type, int verdict);

/* The number of its runs. */
uint64_t foreign_runs(const struct foreign *foreign);

/* XDP programs, tcx and tc filters, qdiscs and packet sockets of an interface of this namespace, as text. */
void foreign_snapshot(const char *interface, char *buf, size_t size);
