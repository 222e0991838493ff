/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Network namespaces. The host's thread never changes its namespace: work in another namespace runs in a helper thread. The kernel keeps
 * a namespace alive as long as one of these objects exists.
 */
#pragma once

#include "session.h"

struct netns {
	int users;
	int fd;      /* -1: the caller's namespace, as /proc is missing */
	int netlink; /* a socket of that namespace, usable from any thread */
};

/*
 * Opens the namespace at a path (/run/netns/NAME, /proc/PID/ns/net), of a process, or with neither the caller's. It begins with one user.
 * Negative errno with the error set.
 */
int netns_open(struct ebpfi *s, const char *path, int pid, struct netns **netns);
struct netns *netns_use(struct netns *netns);
void netns_leave(struct netns *netns);

bool netns_is_same(const struct netns *one, const struct netns *other);

/*
 * Opens a new netlink socket in a process that inherited one: processes that share a socket receive each other's answers. Called in the
 * namespace; negative errno.
 */
int netns_reopen(struct netns *netns);

/* Runs a function in the namespace and returns its value; -EPERM or another errno if it cannot enter the namespace. */
int netns_run(const struct netns *netns, int (*fn)(void *arg), void *arg);

/* A netlink socket of the namespace that listens to `groups`; negative errno. */
int netns_listen(const struct netns *netns, unsigned int groups);
