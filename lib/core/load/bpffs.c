/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "bpffs.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

int bpffs_check(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = strndup(slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
	struct statfs fs;
	int err = !directory ? -ENOMEM : statfs(directory, &fs) ? -errno : 0;

	free(directory);
	return err ? err : (unsigned long)fs.f_type == BPF_FS_MAGIC ? 0 : -EXDEV;
}
