/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

extern char **environ;

struct run {
	const struct child *child;
	pid_t pid;
	int pid_fd;
	int from; /* what it says */
	size_t used;
	int64_t deadline;
};

/* Neither the host's descriptors nor its signals are the program's business. */
static int spawn_with(const struct child *child, int to, posix_spawn_file_actions_t *files, posix_spawnattr_t *attr, pid_t *pid)
{
	sigset_t all, none;
	int err;

	sigfillset(&all);
	sigemptyset(&none);
	err = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
	err = err ? err : posix_spawn_file_actions_adddup2(files, to, 1);
	err = err ? err : posix_spawn_file_actions_adddup2(files, to, 2);
	err = err ? err : posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (!err && child->dir)
		err = posix_spawn_file_actions_addchdir_np(files, child->dir);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	return err ? err : posix_spawn(pid, child->argv[0], files, attr, (char *const *)child->argv, environ);
}

static int spawn(const struct child *child, int to, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int err = posix_spawn_file_actions_init(&files);

	if (err)
		return -err;
	err = posix_spawnattr_init(&attr);
	if (!err) {
		err = spawn_with(child, to, &files, &attr, pid);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return -err;
}

/* The end that the program gets lies above the descriptors that become its standard ones, even if the host closed its own. */
static int make_pipe(int *from, int *to)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	*from = ends[0];
	*to = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
	close(ends[1]);
	if (*to >= 0 && !fcntl(*from, F_SETFL, O_NONBLOCK))
		return 0;
	close(*from);
	return -EMFILE;
}

/* Whether there may be more to read. */
static bool take(struct run *run)
{
	char rest[4096];
	size_t room = run->child->room - 1 - run->used;
	ssize_t n = read(run->from, room ? run->child->output + run->used : rest, room ? room : sizeof(rest));

	if (room && n > 0)
		run->used += (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void take_last(struct run *run)
{
	size_t before;

	do {
		before = run->used;
		take(run);
	} while (run->used > before);
}

/* Ends with the program, not with its output: what it leaves behind may hold the pipe. A program without pid_fd is reaped already. */
static int follow(struct run *run)
{
	struct pollfd fds[] = { { .fd = run->from, .events = POLLIN }, { .fd = run->pid_fd, .events = POLLIN } };
	int64_t left;
	int n;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		left = run->deadline - clock_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(fds, 2, (int)left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		if (fds[1].revents)
			break;
		if (fds[0].revents && !take(run))
			fds[0].fd = -1;
	}
	take_last(run);
	return 0;
}

static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_spawned(struct run *run)
{
	int status, err;

	run->pid_fd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	err = run->pid_fd < 0 && errno != ESRCH ? -errno : follow(run);
	if (err)
		kill(-run->pid, SIGKILL);
	status = reap(run->pid);
	if (run->pid_fd >= 0)
		close(run->pid_fd);
	return err ? err : status;
}

int child_run(const struct child *child)
{
	struct run run = { .child = child, .deadline = clock_ms() + child->timeout_ms };
	int to = -1, err = make_pipe(&run.from, &to);

	if (err)
		return err;
	err = spawn(child, to, &run.pid);
	close(to);
	if (!err)
		err = run_spawned(&run);
	child->output[run.used] = '\0';
	close(run.from);
	return err;
}
