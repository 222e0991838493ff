/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "expressions.h"

#include <stdio.h>
#include <string.h>

#include "runner.h"

enum { EXPRESSIONS_MAX = 1024 };

static char *expressions[EXPRESSIONS_MAX];
static int count;

int expressions_read(int stride)
{
	FILE *f = fopen(EBPFI_SOURCE "/test/filter/expressions.txt", "r");
	static char line[16384];
	int n = 0;

	if (!f)
		skip_all("test/filter/expressions.txt is missing");
	while (count < EXPRESSIONS_MAX && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#' && n++ % stride == 0)
			expressions[count++] = strdup(line);
	}
	fclose(f);
	if (stride > 1)
		printf("Every %d. of %d expressions only.\n", stride, n);
	return count;
}

const char *expression_at(int index)
{
	return index < count ? expressions[index] + expression_is_special(index) : NULL;
}

int expression_is_special(int index)
{
	return *expressions[index] == '~';
}
