/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "lab.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"

/* Tries in a child, so that this process keeps its namespace. */
void lab_require(void)
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(unshare(CLONE_NEWNET) ? errno : 0);
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		skip_all("network namespaces cannot be made here: run the kernel tests as root");
}

void lab_setup(void)
{
	FILE *file;

	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	file = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w");
	if (file) {
		fputs("1", file);
		fclose(file);
	}
	lab_run("ip link set lo up");
}

void lab_run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	ck_assert_msg(system(command) == 0, "%s", command);
}

/*
 * A kernel worker gives a new link its queue, some time after the command that set it up has returned. Packets before that are dropped
 * silently (qdisc noop).
 */
void lab_wait_up(const char *interface)
{
	char command[128];
	int tries;

	snprintf(command, sizeof(command), "ip -o link show %s | grep -q 'qdisc noqueue.*state UP'", interface);
	for (tries = 0; system(command) != 0; tries++) {
		ck_assert_msg(tries < 500, "%s does not come up", interface);
		usleep(10000);
	}
}

bool lab_can(const char *command, const char *reason)
{
	char quiet[1024];

	snprintf(quiet, sizeof(quiet), "( %s ) 2>/dev/null", command);
	if (!system(quiet))
		return true;
	printf("SKIP: %s\n", reason);
	fflush(stdout);
	return false;
}

void lab_veth(const char *one, const char *other)
{
	lab_run("ip link add name %s type veth peer name %s", one, other);
	lab_run("ip link set %s up && ip link set %s up", one, other);
	lab_wait_up(one);
	lab_wait_up(other);
}

void lab_send(const char *interface, const void *frame, size_t size)
{
	lab_flood(interface, frame, size, 1);
}

void lab_flood(const char *interface, const void *frame, size_t size, int times)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	while (times--)
		ck_assert_int_eq(sendto(fd, frame, size, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)size);
	close(fd);
}

void lab_private_mounts(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}

void lab_tracefs(void)
{
	if (!access("/sys/kernel/tracing/instances", F_OK))
		return;
	lab_private_mounts();
	ck_assert_int_eq(mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL), 0);
}
