/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Finds the line of C of an instruction in an object's .BTF.ext, for which libbpf has no public function. The seam to libelf. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes of an object file. */
struct image {
	const void *bytes;
	size_t size;
};

struct source_line {
	uint32_t line;
	char file[128];   /* without its directory */
	char source[160]; /* the C line without leading blanks */
};

/*
 * Finds the line of a program's instruction. libbpf appends called functions to the program; an instruction in one of them is found
 * by the text of its line, `source`, if only one line has that text. False: not found.
 */
bool line_info_find(const struct image *image, const char *program, uint32_t insn, const char *source,
		    struct source_line *line);
