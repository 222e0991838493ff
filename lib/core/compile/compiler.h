/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* clang, run in a separate process. */
#pragma once

#include "session.h"

enum { COMPILER_PATH_MAX = 512 };

struct compiler {
	struct ebpfi *s;
	const char *name;          /* the object's, for messages */
	const char *workdir;       /* ends in a slash; left out of paths in messages; $TMPDIR */
	const char *cpu;           /* "-mcpu=v3" */
	const char *const *cflags; /* the host's; NULL: none */
	char path[COMPILER_PATH_MAX];
};

/* Finds the compiler: `wanted` (a path, or a name to search for), or any clang in $PATH. -ENOPKG: not found. */
int compiler_find(struct compiler *c, const char *wanted);

/*
 * Runs the compiler in `dir` (NULL: the current one) with the common flags, the host's, and `rest`. -EBADMSG: it reported errors; the
 * first is the session's error, and the log has all. -ETIMEDOUT: it took too long.
 */
int compiler_run(const struct compiler *c, const char *const *rest, const char *dir);

/* Joins everything that determines the object: environment, flags, preprocessed text. The caller frees *key. */
int compiler_key(const struct compiler *c, const char *text, size_t size, char **key, size_t *key_size);
