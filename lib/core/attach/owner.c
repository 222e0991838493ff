/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "owner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct process {
	int pid;
	char state;
	unsigned long long start; /* clock ticks since boot */
};

/* proc(5): the command in parentheses may hold anything, so the fields are counted from the last one; start is the 22nd. */
static bool read_process(const char *pid, struct process *process)
{
	char path[32], buf[1024];
	const char *fields;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	fields = strrchr(buf, ')');
	return fields && sscanf(buf, "%d", &process->pid) == 1 &&
	       sscanf(fields, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		      &process->state, &process->start) == 2;
}

/* A /proc of another pid namespace tells of other processes under our numbers. */
static bool read_self(struct process *process)
{
	return read_process("self", process) && process->pid == getpid();
}

static unsigned long long pid_namespace(void)
{
	struct stat found;

	return stat("/proc/self/ns/pid", &found) ? 0 : (unsigned long long)found.st_ino;
}

void owner_tag(const char *inspector, char tag[OWNER_TAG_MAX])
{
	struct process self = { 0 };

	if (!read_self(&self))
		self.start = 0;
	snprintf(tag, OWNER_TAG_MAX, "ebpfi:%llu:%d:%llu:%s", pid_namespace(), getpid(), self.start, inspector);
}

static bool is_dead(int pid, unsigned long long start)
{
	struct process self, now;
	char name[16];

	if (kill(pid, 0) && errno == ESRCH)
		return true;
	snprintf(name, sizeof(name), "%d", pid);
	if (!start || !read_self(&self) || !read_process(name, &now))
		return false;
	return now.start != start || now.state == 'Z' || now.state == 'X';
}

enum owner owner_of(const char *tag)
{
	unsigned long long space, start;
	int pid, end = 0;

	if (sscanf(tag, "ebpfi:%llu:%d:%llu:%n", &space, &pid, &start, &end) != 3 || !end || pid <= 0)
		return OWNER_OTHER;
	return space && space == pid_namespace() && is_dead(pid, start) ? OWNER_DEAD : OWNER_ALIVE;
}
