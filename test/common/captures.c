/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "captures.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

enum { CAPTURES_MAX = 1024, OPEN_MAX = 16 };

static char *captures[CAPTURES_MAX + 1];
static size_t count;

static int is_capture(const char *name)
{
	static const char *const endings[] = { ".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz" };
	size_t i, end, length = strlen(name);

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		end = strlen(endings[i]);
		if (length > end && !strcmp(name + length - end, endings[i]))
			return 1;
	}
	return 0;
}

static int collect(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (type == FTW_F && is_capture(path + ftw->base) && count < CAPTURES_MAX)
		captures[count++] = strdup(path);
	return 0;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Spread over all of them. */
static void keep_some(const char *how_many)
{
	size_t i, n = strtoul(how_many, NULL, 10);

	if (!n || n >= count)
		return;
	for (i = 0; i < n; i++)
		captures[i] = captures[i * count / n];
	count = n;
}

void captures_require(void)
{
	const char *corpus = getenv("EBPFI_CORPUS");
	char path[4096];
	size_t ours;

	nftw(EBPFI_SOURCE "/test/replay", collect, OPEN_MAX, FTW_PHYS);
	nftw(EBPFI_SOURCE "/examples", collect, OPEN_MAX, FTW_PHYS);
	ours = count;
	if (corpus) {
		snprintf(path, sizeof(path), "%s/pcap", corpus);
		nftw(path, collect, OPEN_MAX, FTW_PHYS);
	}
	if (!count)
		skip_all("there are no captures here: set EBPFI_CORPUS");
	if (count == ours)
		printf("EBPFI_CORPUS leads to no captures: only our own are used.\n");
	qsort(captures, count, sizeof(captures[0]), by_name);
	if (getenv("EBPFI_CAPTURES"))
		keep_some(getenv("EBPFI_CAPTURES"));
}

const char *capture_at(size_t index)
{
	return index < count ? captures[index] : NULL;
}
