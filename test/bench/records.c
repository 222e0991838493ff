/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Records per second from a full ring buffer to a callback, by a plain ring_buffer__poll() loop and by ebpfi_poll(). The two alternate,
 * so that other load affects both. Each step drains about 100,000 records that were written before the clock started.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <ebpfinspect/ebpfinspect.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

enum { TURNS = 60, RUNS = 100 };

static unsigned long long records, sum;

static int on_record(void *ctx, const void *data, size_t size)
{
	(void)ctx;
	records++;
	sum += *(const unsigned char *)data + size;
	return 0;
}

static int on_bare(void *ctx, void *data, size_t size)
{
	return on_record(ctx, data, size);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill(int program_fd)
{
	unsigned char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = RUNS);

	if (bpf_prog_test_run_opts(program_fd, &opts))
		err(1, "cannot run the program that fills the ring");
}

static struct ring_buffer *bare;
static struct ebpfi *session;

static void drain_bare(void)
{
	while (ring_buffer__poll(bare, 0) > 0)
		;
}

static void drain_ours(void)
{
	while (ebpfi_poll(session, 0) > 0)
		;
}

static double rate(int program_fd, void (*drain)(void))
{
	double start, taken;

	fill(program_fd);
	records = 0;
	start = seconds();
	drain();
	taken = seconds() - start;
	if (records < 50000)
		errx(1, "only %llu records came", records);
	return (double)records / taken;
}

static int by_value(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv)
{
	double bare_rates[TURNS], our_rates[TURNS];
	struct bpf_object *object;
	int i, bare_fd, our_fd;

	if (argc < 2)
		errx(2, "usage: records FILL.o");
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		errx(1, "cannot load %s", argv[1]);
	bare_fd = bpf_program__fd(bpf_object__next_program(object, NULL));
	bare = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "ring"), on_bare, NULL, NULL);
	session = ebpfi_new(NULL, NULL, NULL);
	if (ebpfi_load_file(session, "mine", argv[1], NULL) || ebpfi_on_record(session, "mine.ring", on_record, NULL))
		errx(1, "%s", ebpfi_errmsg(session));
	our_fd = newest_program("fill");
	for (i = 0; i < TURNS; i++) {
		bare_rates[i] = rate(bare_fd, drain_bare);
		our_rates[i] = rate(our_fd, drain_ours);
	}
	qsort(bare_rates, TURNS, sizeof(double), by_value);
	qsort(our_rates, TURNS, sizeof(double), by_value);
	printf("records to the callback: ebpfi_poll %.1f M/s, bare ring_buffer__poll %.1f M/s, ratio %.3f (medians of %d "
	       "turns)\n",
	       our_rates[TURNS / 2] / 1e6, bare_rates[TURNS / 2] / 1e6, our_rates[TURNS / 2] / bare_rates[TURNS / 2], TURNS);
	ring_buffer__free(bare);
	bpf_object__close(object);
	ebpfi_free(session);
	return 0;
}
