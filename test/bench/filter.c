/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The cost of a filter with five terms, in ns per packet: translated, at XDP, tc and on a socket (BPF_PROG_TEST_RUN, minus an empty
 * program), and with the kernel's JIT of classic BPF. Classic BPF has no test run, so packets are sent to a Unix socket pair that
 * refuses them. Sending takes a hundred times as long as the filter, so the program holds COPIES copies of the filter: each refuses and
 * continues with the next. A program that refuses at once is subtracted. All terms but the last match.
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

enum { REPEAT = 2000000, SENDS = 400000, RUNS = 7, COPIES = 64, ETHERNET = 14 };

static const char expression[] = "tcp and src host 10.0.0.1 and dst port 53 and len >= 54 and tcp[13] & 4 != 0";

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

/* A filter's last instruction refuses. In all copies but the last it continues with the next copy. */
static struct cbpf copies_of(const struct cbpf *one)
{
	struct cbpf many = { calloc(COPIES * one->n, sizeof(*one->insns)), COPIES * one->n };
	uint32_t i;

	if (!many.insns)
		die("no memory");
	for (i = 0; i < COPIES; i++) {
		memcpy(many.insns + i * one->n, one->insns, one->n * sizeof(*one->insns));
		if (i)
			many.insns[i * one->n - 1] = (struct cbpf_insn){ .code = BPF_JMP | BPF_JA };
	}
	return many;
}

static enum cbpf_context context_of(enum bpf_prog_type type)
{
	if (type == BPF_PROG_TYPE_XDP)
		return CBPF_XDP;
	return type == BPF_PROG_TYPE_SCHED_CLS ? CBPF_TC : CBPF_SKB;
}

/* NULL: a program that accepts at once. */
static int load(enum bpf_prog_type type, const struct cbpf *program)
{
	struct bpf_insn yes[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 }, { .code = BPF_JMP | BPF_EXIT } };
	struct cbpf_target target = { context_of(type), true };
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

/* Disturbances only add time, so the minimum is best. */
static double least(const double *runs)
{
	double value = runs[0];
	int i;

	for (i = 1; i < RUNS; i++)
		value = runs[i] < value ? runs[i] : value;
	return value;
}

/* Time on the processor: other processes do not count. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/*
 * The kernel removes the Ethernet header before a socket filter runs, so prepend another one. The kernel's own figure has no
 * fractions of a ns.
 */
static double time_run(enum bpf_prog_type type, const struct cbpf *program)
{
	unsigned char packet[ETHERNET + 64] = { [12] = 0x88, [13] = 0xb5 };
	const size_t prefix = type == BPF_PROG_TYPE_SOCKET_FILTER ? ETHERNET : 0;
	int i, fd = load(type, program);
	double runs[RUNS], start;

	memcpy(packet + prefix, tcp_syn.bytes, tcp_syn.size);
	for (i = 0; i < RUNS; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = (uint32_t)(prefix + tcp_syn.size),
			    .repeat = REPEAT);

		start = now();
		if (bpf_prog_test_run_opts(fd, &opts))
			die("cannot run");
		runs[i] = (now() - start) / REPEAT;
	}
	close(fd);
	return least(runs);
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

/* A packet that the kernel refuses. */
static double time_classic(const struct cbpf *program)
{
	struct sock_fprog fprog = { (unsigned short)program->n, (struct sock_filter *)program->insns };
	double runs[RUNS];
	int ends[2], i;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		die("socketpair");
	if (setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog)))
		die("cannot attach");
	for (i = 0; i < RUNS; i++)
		runs[i] = send_all(ends[1]);
	close(ends[0]);
	close(ends[1]);
	return least(runs);
}

static double show(const char *what, double with, double without, int copies)
{
	double filter = (with - without) / copies;

	printf("%-32s %7.1f ns, without %7.1f, the filter %5.2f\n", what, with, without, filter);
	return filter;
}

static double show_run(const char *what, enum bpf_prog_type type, const struct cbpf *program)
{
	return show(what, time_run(type, program), time_run(type, NULL), 1);
}

int main(void)
{
	struct cbpf filter = compile(expression), never = compile("ip and arp"), many = copies_of(&filter);
	double xdp, tc, socket, classic;

	printf("five terms, %u classic instructions: %s\n", filter.n, expression);
	xdp = show_run("XDP", BPF_PROG_TYPE_XDP, &filter);
	tc = show_run("tc", BPF_PROG_TYPE_SCHED_CLS, &filter);
	socket = show_run("socket", BPF_PROG_TYPE_SOCKET_FILTER, &filter);
	classic = show("classic BPF by the kernel's JIT", time_classic(&many), time_classic(&never), COPIES);
	printf("to the kernel's classic BPF: XDP %.2f, tc %.2f, socket %.2f\n", xdp / classic, tc / classic, socket / classic);
	return 0;
}
