/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Runs a fuzz target once on each given file, for a debugger or a test. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	long end = -1;

	if (file && !fseek(file, 0, SEEK_END))
		end = ftell(file);
	if (end >= 0)
		bytes = malloc((size_t)end + 1);
	if (bytes) {
		rewind(file);
		*size = fread(bytes, 1, (size_t)end, file);
	}
	if (file)
		fclose(file);
	return bytes;
}

int main(int argc, char **argv)
{
	uint8_t *bytes;
	size_t size;
	int i;

	for (i = 1; i < argc; i++) {
		bytes = read_file(argv[i], &size);
		if (!bytes)
			return fprintf(stderr, "%s cannot be read\n", argv[i]), 1;
		LLVMFuzzerTestOneInput(bytes, size);
		free(bytes);
	}
	printf("%d files, nothing found\n", argc - 1);
	return 0;
}
