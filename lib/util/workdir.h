/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A directory of our own, below $TMPDIR or /tmp, that nobody else can look into. */
#pragma once

enum { WORKDIR_MAX = 256 };

/* Negative errno; -ENAMETOOLONG: $TMPDIR is too long. */
int workdir_make(char path[WORKDIR_MAX]);

/* Removes it with all that is in it. */
void workdir_remove(const char *path);
