/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Replaces the body of a function in the bytes of a BPF ELF file. libbpf can replace the instructions of a program, but not those
 * of a function that programs call.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct bpf_insn;

struct image {
	uint8_t *bytes; /* malloc'd */
	size_t size;
};

/*
 * Appends the new body to the function's section and updates the symbol and the debug information (.BTF.ext). Nothing else moves.
 * -ENOENT: no such function. -ENOEXEC: not an ELF object of this machine's byte order, or cut off. -ENOMEM. On failure the image
 * is unchanged.
 */
int stub_replace(struct image *image, const char *function, const struct bpf_insn *insns, uint32_t n);
