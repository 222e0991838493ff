/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "workdir.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

/* secure_getenv(): a set-user-ID program must not trust its user's environment. */
int workdir_make(char path[WORKDIR_MAX])
{
	const char *below = secure_getenv("TMPDIR");
	int n = snprintf(path, WORKDIR_MAX, "%s/ebpfinspect-XXXXXX", below && *below == '/' ? below : "/tmp");

	if (n < 0 || n >= WORKDIR_MAX)
		return -ENAMETOOLONG;
	return mkdtemp(path) ? 0 : -errno;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

void workdir_remove(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
