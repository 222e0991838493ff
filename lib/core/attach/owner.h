/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The owner of a tc filter. The kernel removes a bpf_link with its last descriptor, but a filter outlives the process that made it. So each
 * of our filters has a mark: a Unix socket with an abstract name, which is bound as long as a process has its descriptor. Children keep it
 * after fork(), so that a host may call daemon(). The filter's name, its tag, contains the mark: "ebpfi:@MARK:PID:INSPECTOR"; the pid is
 * for people. Abstract names are local to a network namespace: call all functions in the interface's namespace.
 */
#pragma once

#include <stddef.h>

enum { OWNER_TAG_MAX = 256 };

enum owner {
	OWNER_OTHER, /* no tag of this library */
	OWNER_ALIVE, /* or unknown */
	OWNER_DEAD,  /* no process holds the mark */
};

/* A new mark, a descriptor; negative errno: the filter then counts as alive for ever. */
int owner_new_mark(void);

void owner_tag(int mark, const char *inspector, char tag[OWNER_TAG_MAX]);

enum owner owner_of(const char *tag);
