/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Network namespaces. The host's thread never changes its own: what must happen in another happens in a helper thread. The kernel
 * keeps a namespace alive as long as one of these is.
 */
#pragma once

#include "session.h"

struct netns {
	int users;
	int fd;      /* -1: there is no /proc to name the namespace; then it is the caller's */
	int netlink; /* asks in that namespace, from any thread */
};

/*
 * The namespace at a path (/run/netns/NAME, /proc/PID/ns/net), of a process, or with neither the caller's; negative errno with the error set.
 * It begins with one user.
 */
int netns_open(struct ebpfi *s, const char *path, int pid, struct netns **netns);
struct netns *netns_use(struct netns *netns);
void netns_leave(struct netns *netns);

bool netns_is_same(const struct netns *one, const struct netns *other);

/*
 * Opens the socket that asks anew, for a process that inherited it: processes that share one receive each other's answers. Called in
 * the namespace; negative errno.
 */
int netns_reopen(struct netns *netns);

/* Runs a function in the namespace and returns its value; -EPERM and others where the namespace cannot be entered. */
int netns_run(const struct netns *netns, int (*fn)(void *arg), void *arg);

/* A netlink socket of the namespace that listens to `groups`; negative errno. */
int netns_listen(const struct netns *netns, unsigned int groups);
