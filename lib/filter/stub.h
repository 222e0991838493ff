/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Gives a function of a BPF object another body, in the bytes of its ELF file. libbpf can replace the instructions of a program
 * but not of a function that programs call, and does so before it puts the two together.
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
 * The new body goes behind the section's other functions, the symbol and the debug information (.BTF.ext) follow it, nothing
 * else moves. -ENOENT: no such function. -ENOEXEC: no ELF object of this machine's byte order, or not whole. -ENOMEM. On
 * failure the image is as it was.
 */
int stub_replace(struct image *image, const char *function, const struct bpf_insn *insns, uint32_t n);
