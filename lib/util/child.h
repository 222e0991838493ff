/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Runs another program to its end: without a shell, with bounds for its time and its output. */
#pragma once

#include <stddef.h>

struct child {
	const char *const *argv; /* argv[0] is a path */
	const char *const *envp; /* the whole environment: it inherits nothing */
	const char *dir;         /* its working directory; NULL: ours */
	int timeout_ms;
	char *output; /* gets its standard output and error, terminated; what has no room is dropped */
	size_t room;
};

/*
 * Returns the exit status, or 128 + the signal that ended it. -ETIMEDOUT: it was killed. Another negative errno: it could not be
 * started. The status is 0 if the host reaps every child itself (it ignores SIGCHLD, or a handler of its own waits for any child).
 */
int child_run(const struct child *child);
