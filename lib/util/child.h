/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Runs another program to its end, without a shell, with limits on time and output. */
#pragma once

#include <stddef.h>

struct child {
	const char *const *argv; /* argv[0] is a path */
	const char *const *envp; /* the whole environment; nothing is inherited */
	const char *dir;         /* its working directory; NULL: ours */
	int timeout_ms;
	char *output; /* receives standard output and error, terminated; the excess is dropped */
	size_t room;
};

/*
 * Returns the exit status, or 128 + the number of the signal that ended the program. -ETIMEDOUT: the program took too long and was
 * killed. Another negative errno: it could not be started. The status is 0 if the host reaps all children (it ignores SIGCHLD, or
 * its handler waits for any child).
 */
int child_run(const struct child *child);
