/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* clang, as a program that is run. */
#pragma once

#include "session.h"

enum { COMPILER_PATH_MAX = 512 };

struct compiler {
	struct ebpfi *s;
	const char *name;    /* of the object, for messages */
	const char *workdir; /* left out of paths in messages */
	char path[COMPILER_PATH_MAX];
};

/* Finds the compiler: `wanted` (a path, or a name to look for), or else any clang in $PATH. -ENOPKG: there is none. */
int compiler_find(struct compiler *c, const char *wanted);

/*
 * Runs it in `dir` (NULL: here); argv[0] is the compiler's path. -EBADMSG: it found errors; the session's error is the first of them
 * and its log has all. -ETIMEDOUT: it took too long.
 */
int compiler_run(const struct compiler *c, const char *const *argv, const char *dir);
