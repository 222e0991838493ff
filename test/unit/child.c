/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"

static char output[64];

static int run(const char *script, int timeout_ms)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL }, *const envp[] = { "PATH=/usr/bin:/bin", "GIVEN=1", NULL };
	struct child child = { .argv = argv, .envp = envp, .timeout_ms = timeout_ms, .output = output, .room = sizeof(output) };

	return child_run(&child);
}

START_TEST(returns_the_exit_status_and_the_output)
{
	ck_assert_int_eq(run("echo out; echo err >&2; exit 3", 30000), 3);
	ck_assert_str_eq(output, "out\nerr\n");
	ck_assert_int_eq(run("exit 0", 30000), 0);
	ck_assert_str_eq(output, "");
}
END_TEST

START_TEST(returns_the_signal_that_ended_it)
{
	ck_assert_int_eq(run("kill -9 $$", 30000), 128 + SIGKILL);
}
END_TEST

START_TEST(missing_program_is_an_error)
{
	const char *const argv[] = { "/nowhere/sh", NULL }, *const envp[] = { NULL };
	struct child child = { .argv = argv, .envp = envp, .timeout_ms = 30000, .output = output, .room = sizeof(output) };

	ck_assert_int_eq(child_run(&child), -ENOENT);
	ck_assert_str_eq(output, "");
}
END_TEST

START_TEST(timeout_kills_the_program_and_its_children)
{
	ck_assert_int_eq(run("sleep 1000 & echo $!; wait", 200), -ETIMEDOUT);
	ck_assert_int_gt(atoi(output), 1);
	/* init reaps the grandchild. Until then it is a zombie without a command line. */
	for (;;) {
		char path[64], byte;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/cmdline", atoi(output));
		file = fopen(path, "r");
		if (!file || fread(&byte, 1, 1, file) != 1)
			break;
		fclose(file);
	}
}
END_TEST

START_TEST(endless_output_is_cut_and_ends_with_the_timeout)
{
	ck_assert_int_eq(run("while :; do echo 0123456789; done", 200), -ETIMEDOUT);
	ck_assert_uint_eq(strlen(output), sizeof(output) - 1);
	ck_assert_int_eq(run("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done; exit 5", 30000), 5);
	ck_assert_uint_eq(strlen(output), sizeof(output) - 1);
}
END_TEST

START_TEST(processes_left_behind_are_not_awaited)
{
	ck_assert_int_eq(run("sleep 20 & echo $!", 10000), 0);
	ck_assert_int_eq(kill(atoi(output), SIGKILL), 0);
}
END_TEST

START_TEST(works_while_the_host_ignores_sigchld)
{
	signal(SIGCHLD, SIG_IGN);
	ck_assert_int_eq(run("echo out; exit 3", 30000), 0);
	ck_assert_str_eq(output, "out\n");
}
END_TEST

START_TEST(program_gets_only_the_given_environment)
{
	setenv("HOSTS", "1", 1);
	ck_assert_int_eq(run("echo $GIVEN$HOSTS", 30000), 0);
	ck_assert_str_eq(output, "1\n");
}
END_TEST

START_TEST(signal_handling_and_descriptors_are_not_inherited)
{
	int fd = dup2(0, 77);

	ck_assert_int_eq(fd, 77);
	signal(SIGTERM, SIG_IGN);
	ck_assert_int_eq(run("[ ! -e /proc/self/fd/77 ] && kill -TERM $$", 30000), 128 + SIGTERM);
}
END_TEST

START_TEST(works_after_the_host_closed_its_standard_descriptors)
{
	int saved = dup(2);

	close(0);
	close(1);
	close(2);
	if (run("echo out; echo err >&2; exit 4", 30000) != 4)
		_exit(1);
	dup2(saved, 2);
	dup2(saved, 1);
	dup2(saved, 0);
	ck_assert_str_eq(output, "out\nerr\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		returns_the_exit_status_and_the_output,
		returns_the_signal_that_ended_it,
		missing_program_is_an_error,
		timeout_kills_the_program_and_its_children,
		endless_output_is_cut_and_ends_with_the_timeout,
		processes_left_behind_are_not_awaited,
		works_while_the_host_ignores_sigchld,
		program_gets_only_the_given_environment,
		signal_handling_and_descriptors_are_not_inherited,
		works_after_the_host_closed_its_standard_descriptors,
	};

	return RUN_TESTS("child", NULL, tests);
}
