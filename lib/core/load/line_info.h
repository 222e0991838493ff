/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* From an instruction to its line of C, by an object's .BTF.ext: libbpf keeps that to itself. The seam to libelf. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An object as it was read. */
struct image {
	const void *bytes;
	size_t size;
};

struct source_line {
	uint32_t line;
	char file[128];   /* without its directory */
	char source[160]; /* the C line without what is blank in front */
};

/*
 * The line of a program's instruction. libbpf puts the functions that a program calls behind it: what lies beyond the program is found
 * by its text, `source`, where only one line has that. False: not found.
 */
bool line_info_find(const struct image *image, const char *program, uint32_t insn, const char *source,
		    struct source_line *line);
