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

/* The write end must be above 2: if the host closed 0 to 2, dup2() onto them would overwrite it. */
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

/* The program inherits neither the host's descriptors nor its signal handling. */
static int set_up_spawn(const struct child *child, int to, posix_spawn_file_actions_t *files, posix_spawnattr_t *attr)
{
	sigset_t all, none;
	int err;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	err = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
	err = err ? err : posix_spawn_file_actions_adddup2(files, to, 1);
	err = err ? err : posix_spawn_file_actions_adddup2(files, to, 2);
	err = err ? err : posix_spawn_file_actions_addclosefrom_np(files, 3);
	return err || !child->dir ? err : posix_spawn_file_actions_addchdir_np(files, child->dir);
}

/* Reads once; false at the end of the output. */
static bool read_output(const struct child *child, int from, size_t *used)
{
	char rest[4096];
	size_t room = child->room - 1 - *used;
	ssize_t n = read(from, room ? child->output + *used : rest, room ? room : sizeof(rest));

	if (room && n > 0)
		*used += (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/*
 * Waits for the program's end, not for its output's end: a process that it leaves behind may hold the pipe. pid_fd is -1 if the
 * host has already reaped the program: then waits for the output's end.
 */
static int wait_for_end(const struct child *child, int pid_fd, int from, size_t *used)
{
	struct pollfd fds[] = { { .fd = from, .events = POLLIN }, { .fd = pid_fd, .events = POLLIN } };
	int64_t left, deadline = clock_ms() + child->timeout_ms;
	size_t before;
	int n;

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		left = deadline - clock_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(fds, 2, (int)left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		if (fds[1].revents)
			break;
		if (fds[0].revents && !read_output(child, from, used))
			fds[0].fd = -1;
	}
	do {
		before = *used;
		read_output(child, from, used);
	} while (*used > before);
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

int child_run(const struct child *child)
{
	int from = -1, to = -1, pid_fd, status, err = make_pipe(&from, &to);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	size_t used = 0;
	pid_t pid;

	if (err)
		return err;
	/* Both cannot fail: glibc allocates nothing here. */
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	err = set_up_spawn(child, to, &files, &attr);
	if (!err)
		err = posix_spawn(&pid, child->argv[0], &files, &attr, (char *const *)child->argv, (char *const *)child->envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	close(to);
	err = -err;
	if (!err) {
		pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
		err = pid_fd < 0 && errno != ESRCH ? -errno : wait_for_end(child, pid_fd, from, &used);
		if (err)
			kill(-pid, SIGKILL);
		status = reap(pid);
		if (pid_fd >= 0)
			close(pid_fd);
		err = err ? err : status;
	}
	child->output[used] = '\0';
	close(from);
	return err;
}
