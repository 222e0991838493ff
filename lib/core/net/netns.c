/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netlink.h"
#include "rights.h"

static const char here[] = "/proc/thread-self/ns/net";

struct call {
	int fd, result;
	int (*fn)(void *arg);
	void *arg;
};

static void *run_there(void *ctx)
{
	struct call *call = ctx;

	call->result = setns(call->fd, CLONE_NEWNET) ? -errno : call->fn(call->arg);
	return NULL;
}

/* Blocks all signals in the helper thread: the host's handlers must run in the host's threads. */
static int start_masked(pthread_t *thread, struct call *call)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, NULL, run_there, call);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

static bool is_here(int fd)
{
	struct stat there, caller;

	return fd < 0 || (!fstat(fd, &there) && !stat(here, &caller) && is_same(&there, &caller));
}

bool netns_is_same(const struct netns *one, const struct netns *other)
{
	struct stat a, b;

	if (one->fd < 0 || other->fd < 0)
		return one->fd < 0 && other->fd < 0;
	return !fstat(one->fd, &a) && !fstat(other->fd, &b) && is_same(&a, &b);
}

int netns_run(const struct netns *netns, int (*fn)(void *arg), void *arg)
{
	struct call call = { netns->fd, 0, fn, arg };
	pthread_t thread;
	int err;

	if (is_here(netns->fd))
		return fn(arg);
	err = start_masked(&thread, &call);
	if (err)
		return err;
	pthread_join(thread, NULL);
	return call.result;
}

static int listen_here(void *arg)
{
	return netlink_open(NETLINK_ROUTE, *(unsigned int *)arg);
}

int netns_listen(const struct netns *netns, unsigned int groups)
{
	return netns_run(netns, listen_here, &groups);
}

/* A missing /proc is an error only if the caller names a namespace. */
static int open_path(struct ebpfi *s, const char *path, int pid)
{
	char of_process[64];
	int fd;

	if (path && pid)
		return ebpfi_fail(s, -EINVAL, "name the network namespace by path or by process, not both");
	if (pid) {
		snprintf(of_process, sizeof(of_process), "/proc/%d/ns/net", pid);
		path = of_process;
	}
	fd = open(path ? path : here, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || !path)
		return fd < 0 ? -1 : fd;
	return ebpfi_fail(s, -errno, "cannot open the network namespace %s: %s", path, strerror(errno));
}

static int fail_enter(struct ebpfi *s, const char *path, int pid, int err)
{
	char process[32];

	snprintf(process, sizeof(process), "of process %d", pid);
	return ebpfi_fail(s, err, "cannot enter the network namespace %s: %s",
			  path  ? path
			  : pid ? process
				: "of this thread",
			  err == -EPERM    ? rights_missing(RIGHT_SYS_ADMIN)
			  : err == -EINVAL ? "it is not a network namespace"
					   : strerror(-err));
}

static int open_netns(struct ebpfi *s, struct netns *netns, const char *path, int pid)
{
	netns->fd = open_path(s, path, pid);
	if (netns->fd < 0 && (path || pid))
		return netns->fd;
	netns->netlink = netns_listen(netns, 0);
	return netns->netlink < 0 ? fail_enter(s, path, pid, netns->netlink) : 0;
}

int netns_open(struct ebpfi *s, const char *path, int pid, struct netns **result)
{
	struct netns *netns = calloc(1, sizeof(*netns));
	int err;

	if (!netns)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	*netns = (struct netns){ 1, -1, -1 };
	err = open_netns(s, netns, path, pid);
	if (err)
		netns_leave(netns);
	else
		*result = netns;
	return err;
}

int netns_reopen(struct netns *netns)
{
	int fd = netlink_open(NETLINK_ROUTE, 0);

	if (fd < 0)
		return fd;
	close(netns->netlink);
	netns->netlink = fd;
	return 0;
}

struct netns *netns_use(struct netns *netns)
{
	netns->users++;
	return netns;
}

void netns_leave(struct netns *netns)
{
	if (--netns->users)
		return;
	if (netns->netlink >= 0)
		close(netns->netlink);
	if (netns->fd >= 0)
		close(netns->fd);
	free(netns);
}
