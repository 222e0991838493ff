/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * What a filter of five terms costs, in nanoseconds a packet: translated, at XDP and tc (BPF_PROG_TEST_RUN, beside a program that
 * does nothing), and on a socket beside the kernel's own JIT of classic BPF, where a packet that is refused is timed through a
 * pair of Unix sockets (beside a filter that refuses at once). All terms but the last match, and then all.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cbpf_translate.h"
#include "filter_compile.h"
#include "frames.h"

enum { REPEAT = 2000000, SENDS = 400000, RUNS = 7 };

static const char expression[] = "tcp and src host 10.0.0.1 and dst port 53 and len >= 54 and tcp[13] & 2 != 0";
static const char refusing[] = "tcp and src host 10.0.0.1 and dst port 53 and len >= 54 and tcp[13] & 4 != 0";

static void die(const char *what)
{
	fprintf(stderr, "bench_filter: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct cbpf compile(const char *text)
{
	struct cbpf program = { 0 };
	char why[256] = "";

	if (filter_compile(text, 1, &program, why, sizeof(why)))
		die(why);
	return program;
}

/* NULL: a program that says yes at once. */
static int load(enum bpf_prog_type type, const struct cbpf *program)
{
	struct bpf_insn yes[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 }, { .code = BPF_JMP | BPF_EXIT } };
	struct cbpf_target target = { type == BPF_PROG_TYPE_XDP ? CBPF_XDP : CBPF_SKB, true };
	struct bpf_insn *insns = yes;
	uint32_t n = 2;
	int fd;

	if (program && cbpf_translate(program, &target, &insns, &n))
		die("cannot translate");
	fd = bpf_prog_load(type, "bench", "Dual BSD/GPL", insns, n, NULL);
	if (fd < 0)
		die("cannot load");
	if (program)
		free(insns);
	return fd;
}

static int by_value(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

static double median(double *values)
{
	qsort(values, RUNS, sizeof(*values), by_value);
	return values[RUNS / 2];
}

static double time_run(enum bpf_prog_type type, const struct cbpf *program)
{
	int i, fd = load(type, program);
	double runs[RUNS];

	for (i = 0; i < RUNS; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = tcp_syn.bytes, .data_size_in = (uint32_t)tcp_syn.size,
			    .repeat = REPEAT);

		if (bpf_prog_test_run_opts(fd, &opts))
			die("cannot run");
		runs[i] = opts.duration;
	}
	close(fd);
	return median(runs);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double send_all(int fd)
{
	double start = now();
	int i;

	for (i = 0; i < SENDS; i++)
		if (send(fd, tcp_syn.bytes, tcp_syn.size, 0) < 0)
			die("send");
	return (now() - start) / SENDS;
}

/* A packet that a pair of sockets refuses: of a classic program, or of a translation. */
static double time_socket(const struct cbpf *classic, const struct cbpf *translated)
{
	struct sock_fprog fprog = { .filter = classic ? (struct sock_filter *)classic->insns : NULL };
	double runs[RUNS];
	int ends[2], i, fd = translated ? load(BPF_PROG_TYPE_SOCKET_FILTER, translated) : -1;

	fprog.len = classic ? (unsigned short)classic->n : 0;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		die("socketpair");
	if (classic ? setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog))
		    : setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)))
		die("cannot attach");
	for (i = 0; i < RUNS; i++)
		runs[i] = send_all(ends[1]);
	close(ends[0]);
	close(ends[1]);
	if (fd >= 0)
		close(fd);
	return median(runs);
}

static void show(const char *what, double with, double without)
{
	printf("%-44s %7.1f ns, without %7.1f, the filter %6.1f\n", what, with, without, with - without);
}

int main(void)
{
	struct cbpf matching = compile(expression), almost = compile(refusing), never = compile("ip and arp");
	double nothing = time_socket(&never, NULL), kernel = time_socket(&almost, NULL), ours = time_socket(NULL, &almost);
	double xdp = time_run(BPF_PROG_TYPE_XDP, &matching), xdp_none = time_run(BPF_PROG_TYPE_XDP, NULL);
	double tc = time_run(BPF_PROG_TYPE_SCHED_CLS, &matching), tc_none = time_run(BPF_PROG_TYPE_SCHED_CLS, NULL);

	printf("five terms: %s\n", expression);
	show("XDP", xdp, xdp_none);
	show("tc", tc, tc_none);
	show("socket, classic BPF by the kernel's JIT", kernel, nothing);
	show("socket, our translation", ours, nothing);
	printf("XDP to the kernel's classic BPF: %.2f\n", (xdp - xdp_none) / (kernel - nothing));
	return 0;
}
