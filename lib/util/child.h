/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Another program, run to its end: without a shell, and bounded in time and in what it says. */
#pragma once

#include <stddef.h>

struct child {
	const char *const *argv; /* argv[0] is a path */
	const char *dir;         /* where it runs; NULL: here */
	int timeout_ms;
	char *output; /* gets what it says, standard output and error, terminated; the rest is thrown away */
	size_t room;
};

/*
 * The program's exit status, or 128 + the signal that ended it. -ETIMEDOUT: it was killed. Another negative errno: it could not be
 * started. Where the host takes all its children's statuses away (SIGCHLD ignored, or a handler that waits for any) the status is 0.
 */
int child_run(const struct child *child);
