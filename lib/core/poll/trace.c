/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LINE_MAX_BYTES = 4096,
	SECONDS_MAX = 1000000000, /* since boot */
	READS_PER_POLL = 64,      /* so that a flood of lines leaves the host time for its other work */
};

struct trace {
	struct poll_source source; /* trace_pipe */
	ebpfi_trace_fn fn;
	void *ctx;
	uint64_t lost;
	char directory[128];
	size_t used; /* of `buf` */
	char buf[LINE_MAX_BYTES];
};

static const char *tracefs(void)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/instances", places[i]);
		if (!access(path, F_OK))
			return places[i];
	}
	return NULL;
}

/* "   task-123   [001] d.s1.  12.345678: bpf_trace_printk: text"; a task's name may hold blanks and dashes. */
bool trace_parse(char *line, struct ebpfi_trace *trace)
{
	char *cpu = strstr(line, " ["), *pid, *colon, *end;
	double seconds;

	while (cpu && (cpu[2] < '0' || cpu[2] > '9'))
		cpu = strstr(cpu + 1, " [");
	if (!cpu)
		return false;
	*cpu = '\0';
	pid = strrchr(line, '-');
	colon = strstr(cpu + 1, ": ");
	if (!pid || !colon || sscanf(cpu + 2, "%u] %*s %lf", &trace->cpu, &seconds) != 2)
		return false;
	if (!(seconds >= 0 && seconds < SECONDS_MAX)) /* "inf" and "nan" are numbers to sscanf() */
		return false;
	*pid = '\0';
	trace->task = line + strspn(line, " ");
	trace->pid = (int)strtol(pid + 1, NULL, 10);
	trace->time_ns = (uint64_t)(seconds * 1e6 + 0.5) * 1000;
	end = strstr(colon + 2, ": ");
	trace->text = end ? end + 2 : colon + 2;
	return true;
}

uint64_t trace_parse_lost(const char *line)
{
	const char *at = strstr(line, "[LOST ");

	return at && strstr(at, " EVENTS]") ? strtoull(at + 6, NULL, 10) : 0;
}

static void take_line(struct ebpfi *s, struct trace *t, char *line)
{
	struct ebpfi_trace trace = { .sz = sizeof(trace) };

	t->lost += trace_parse_lost(line);
	if (!trace_parse(line, &trace))
		return;
	trace.lost = t->lost;
	s->delivered++;
	if (t->fn(t->ctx, &trace))
		s->stopped = true;
}

/* Delivers the complete lines of the buffer and keeps the rest. A line that fills the buffer is cut. */
static void take_lines(struct ebpfi *s, struct trace *t)
{
	char *line = t->buf, *newline;

	while (!s->stopped && (newline = memchr(line, '\n', t->used - (size_t)(line - t->buf)))) {
		*newline = '\0';
		take_line(s, t, line);
		line = newline + 1;
	}
	t->used -= (size_t)(line - t->buf);
	memmove(t->buf, line, t->used);
	if (t->used == sizeof(t->buf))
		t->buf[t->used - 1] = '\n';
}

static void ready(struct ebpfi *s, struct poll_source *source)
{
	struct trace *t = (struct trace *)source;
	ssize_t n = 1;
	int i;

	take_lines(s, t);
	for (i = 0; i < READS_PER_POLL && !s->stopped && n > 0; i++) {
		n = read(source->fd, t->buf + t->used, sizeof(t->buf) - t->used);
		if (n > 0)
			t->used += (size_t)n;
		take_lines(s, t);
	}
}

/* SIGKILL leaves the instance of its process behind. The kernel does not remove an instance that somebody reads. */
static void reap(const char *instances)
{
	DIR *dir = opendir(instances);
	struct dirent *entry;
	char path[512];
	int pid;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "ebpfinspect-%d-", &pid) != 1 || !kill(pid, 0) || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), "%s/%s", instances, entry->d_name);
		rmdir(path);
	}
	if (dir)
		closedir(dir);
}

static int enable(const struct trace *t)
{
	char path[256];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/events/bpf_trace/bpf_trace_printk/enable", t->directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, "1", 1) != 1)
		err = -errno;
	close(fd);
	return err;
}

static int open_pipe(struct trace *t)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/trace_pipe", t->directory);
	t->source.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return t->source.fd < 0 ? -errno : 0;
}

static int make_instance(struct trace *t)
{
	static atomic_uint count;
	const char *root = tracefs();
	char instances[64];
	int err;

	if (!root)
		return -ENOENT;
	snprintf(instances, sizeof(instances), "%s/instances", root);
	reap(instances);
	snprintf(t->directory, sizeof(t->directory), "%s/ebpfinspect-%d-%u", instances, getpid(), atomic_fetch_add(&count, 1));
	if (mkdir(t->directory, 0700)) {
		t->directory[0] = '\0';
		return -errno;
	}
	err = open_pipe(t);
	return err ? err : enable(t);
}

static int fail(struct ebpfi *s, int err)
{
	trace_free(s);
	if (err == -ENOENT)
		return ebpfi_fail(s, err, "there is no tracefs: mount -t tracefs tracefs /sys/kernel/tracing");
	if (err == -EACCES || err == -EPERM)
		return ebpfi_fail(s, err, "bpf_printk lines can be read by root only (tracefs)");
	return ebpfi_fail(s, err, "cannot read bpf_printk lines: %s", strerror(-err));
}

int ebpfi_on_trace(struct ebpfi *s, ebpfi_trace_fn fn, void *ctx)
{
	int err;

	if (s->trace)
		return ebpfi_fail(s, -EALREADY, "the session has a function for bpf_printk lines already");
	s->trace = calloc(1, sizeof(*s->trace));
	if (!s->trace)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	s->trace->source = (struct poll_source){ -1, ready };
	s->trace->fn = fn;
	s->trace->ctx = ctx;
	err = make_instance(s->trace);
	if (!err)
		err = poll_source_add(s, &s->trace->source);
	return err ? fail(s, err) : 0;
}

void trace_free(struct ebpfi *s)
{
	struct trace *t = s->trace;

	if (!t)
		return;
	if (t->source.fd >= 0)
		close(t->source.fd);
	if (*t->directory)
		rmdir(t->directory);
	free(t);
	s->trace = NULL;
}
