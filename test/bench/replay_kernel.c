/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * usage: replay_kernel CAPTURE: prints packets per second of ebpfi_replay() with the kernel backend and of a plain BPF_PROG_TEST_RUN loop
 * over the same packets and XDP program, and the ratio of the two.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundled.h"
#include "bundled_replay.h"
#include "capture.h"
#include "reader.h"

enum { PACKETS_MAX = 800000, ROUNDS = 4, DRAIN_EVERY = 256, LEAST = 14 };

static struct {
	uint8_t *data;
	uint32_t len;
} packets[PACKETS_MAX];
static unsigned int count;

/* CPU time, because neither loop ever waits. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *words)
{
	fprintf(stderr, "replay_kernel: %s\n", words);
	exit(1);
}

static void read_packets(const char *path)
{
	struct frame frame;
	char why[512];
	int err;
	struct capture *c = capture_open(path, -1, &err, why, sizeof(why));

	if (!c)
		die(why);
	while (count < PACKETS_MAX && capture_next(c, &frame) > 0) {
		packets[count].len = frame.len < LEAST ? LEAST : frame.len;
		packets[count].data = calloc(1, packets[count].len);
		if (!packets[count].data)
			die("out of memory");
		memcpy(packets[count++].data, frame.data, frame.len);
	}
	capture_close(c);
}

static double bare(struct ebpfi *s)
{
	int err = 0;
	struct module *m = module_get(s, "packet", &err);
	struct bundled_replay *r = m ? bundled_replay_new(s, m, EBPFI_HOOK_XDP, &err) : NULL;
	const struct replay_packet packet = { 1514, 1514, 1, 1, 0, 0 }; /* Ethernet: the program decodes the same */
	double start;
	unsigned int i;
	int fd;

	if (!r)
		die(ebpfi_errmsg(s));
	fd = bundled_replay_program(r);
	bundled_replay_set(r, &packet);
	start = now();
	for (i = 0; i < count; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packets[i].data, .data_size_in = packets[i].len, .repeat = 1);

		if (bpf_prog_test_run_opts(fd, &opts))
			die("the kernel refuses a packet");
		if (i % DRAIN_EVERY == 0)
			readers_drain(s);
	}
	start = now() - start;
	bundled_replay_free(r);
	return count / start;
}

static int stop_after(void *ctx, const struct ebpfi_event *event)
{
	(void)event;
	return ++*(unsigned int *)ctx == count;
}

static double replayed(const char *path)
{
	struct ebpfi_replay_opts opts = { .sz = sizeof(opts), .backend = EBPFI_BACKEND_KERNEL, .hook = EBPFI_HOOK_XDP };
	unsigned int seen = 0;
	struct ebpfi *s = ebpfi_new(stop_after, &seen, NULL);
	double start = now();

	ebpfi_replay(s, "packet", path, &opts);
	start = now() - start;
	if (seen != count)
		die(ebpfi_errmsg(s));
	ebpfi_free(s);
	return count / start;
}

int main(int argc, char **argv)
{
	double best = 0, best_bare = 0, rate;
	struct ebpfi *s = ebpfi_new(NULL, NULL, NULL);
	int i;

	if (argc != 2 || !s)
		die("usage: replay_kernel CAPTURE");
	read_packets(argv[1]);
	for (i = 0; i < ROUNDS; i++) {
		rate = bare(s);
		best_bare = rate > best_bare ? rate : best_bare;
		rate = replayed(argv[1]);
		best = rate > best ? rate : best;
	}
	printf("kernel backend %.0f packets/s, bare loop %.0f packets/s, ratio %.2f (goal 0.90)\n", best, best_bare,
	       best / best_bare);
	ebpfi_free(s);
	return 0;
}
