/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Whose a tc filter is. Filters outlive the process that made them, so ours carry a tag in their name that tells which process
 * that was: "ebpfi:PIDNS:PID:START:INSPECTOR". A process is known by its pid, its start time and the pid namespace that they count in:
 * of a process in another pid namespace nobody can say that it is dead.
 */
#pragma once

#include <stddef.h>

enum { OWNER_TAG_MAX = 256 };

enum owner {
	OWNER_OTHER, /* no tag of this library */
	OWNER_ALIVE, /* or it cannot be told */
	OWNER_DEAD,
};

/* This process's tag. */
void owner_tag(const char *inspector, char tag[OWNER_TAG_MAX]);

enum owner owner_of(const char *tag);
