/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A private temporary directory (mode 0700) below $TMPDIR or /tmp. */
#pragma once

enum { WORKDIR_MAX = 256 };

/* Negative errno; -ENAMETOOLONG: $TMPDIR is too long. */
int workdir_make(char path[WORKDIR_MAX]);

/* Removes the directory and its contents. */
void workdir_remove(const char *path);
