/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Time from exec to attached: the example `hello`, the same inspector as a host's object, and as C source, in alternation. A program
 * is attached when /proc/net/packet shows its packet socket bound to lo.
 *
 *     bench_start HELLO OBJECT SOURCE INCLUDE...     in a network namespace and with a cache directory of its own
 */
#include <ebpfinspect/ebpfinspect.h>
#include <err.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 10, FLAGS_MAX = 16 };

extern char **environ;

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int is_attached(void)
{
	FILE *file = fopen("/proc/net/packet", "r");
	int found = 0, protocol, ifindex;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %*s %x %d", (unsigned int *)&protocol, &ifindex) == 2 && protocol && ifindex)
			found = 1;
	if (file)
		fclose(file);
	return found;
}

static double run(const char *const *argv)
{
	double began = now_ms(), took;
	pid_t pid;
	int status;

	if (posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ))
		errx(1, "cannot start %s", argv[0]);
	while (!is_attached()) {
		if (waitpid(pid, &status, WNOHANG))
			errx(1, "%s did not attach", argv[0]);
		usleep(100); /* polling must not slow down the measured program */
	}
	took = now_ms() - began;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	while (is_attached())
		;
	return took;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(const char *what, double *took)
{
	qsort(took, TURNS, sizeof(*took), compare);
	printf("%-44s %7.1f ms median, %.1f to %.1f\n", what, took[TURNS / 2], took[0], took[TURNS - 1]);
}

/* The measured host, which loads the inspector as its own object. */
static int host(char **argv)
{
	const char *cflags[FLAGS_MAX] = { 0 };
	struct ebpfi_object_opts object = { .sz = sizeof(object), .cflags = cflags, .no_cache = !strcmp(argv[0], "cold") };
	struct ebpfi_attach_opts attach = { .sz = sizeof(attach), .hook = EBPFI_HOOK_SOCKET };
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int i, n;

	for (i = 0; i < FLAGS_MAX - 1 && argv[2 + i]; i++)
		cflags[i] = argv[2 + i];
	n = !strcmp(argv[0], "object") ? ebpfi_load_file(s, "mine", argv[1], &object)
				       : ebpfi_load_source(s, "mine", argv[1], &object);
	if (!n)
		n = ebpfi_attach(s, "mine", "lo", &attach);
	if (n < 0)
		errx(1, "%s", ebpfi_errmsg(s));
	while (ebpfi_poll(s, -1) >= 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	static double took[4][TURNS];
	const char *const hello[] = { argv[1], "lo", NULL }, *const object[] = { argv[0], "host", "object", argv[2], NULL };
	const char *source[FLAGS_MAX] = { argv[0], "host", "cached", argv[3] };
	int i;

	if (argc > 3 && !strcmp(argv[1], "host"))
		return host(argv + 2);
	if (argc < 4 || argc > FLAGS_MAX - 1)
		errx(2, "usage: bench_start HELLO OBJECT SOURCE [FLAG]...");
	memcpy(source + 4, argv + 4, (size_t)(argc - 4) * sizeof(*argv));
	run(source); /* fills the cache */
	for (i = 0; i < TURNS; i++) {
		took[0][i] = run(hello);
		took[1][i] = run(object);
		source[2] = "cached";
		took[2][i] = run(source);
		source[2] = "cold";
		took[3][i] = run(source);
	}
	report("hello", took[0]);
	report("the same inspector from an object file", took[1]);
	report("from C source, compiled earlier", took[2]);
	report("from C source, compiled now", took[3]);
	printf("hello takes %.2f of the time of the cached and %.2f of that of the compiled one\n",
	       took[0][TURNS / 2] / took[2][TURNS / 2], took[0][TURNS / 2] / took[3][TURNS / 2]);
	return 0;
}
