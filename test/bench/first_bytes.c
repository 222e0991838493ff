/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * For http.sh, to compare with `http`: a simple program on plain libbpf. It prints a line per HTTP transaction if both messages begin at
 * the start of a packet. With an interval in milliseconds, records are polled instead of waking the reader.
 */
#include "first_bytes.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stopped;
static unsigned long long told;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static int on_record(void *ctx, void *data, size_t size)
{
	const struct first_record *r = data;
	const char *end = memchr(r->request, '\r', sizeof(r->request));
	char client[INET_ADDRSTRLEN], server[INET_ADDRSTRLEN];

	(void)ctx;
	(void)size;
	told++;
	inet_ntop(AF_INET, &r->key.client, client, sizeof(client));
	inet_ntop(AF_INET, &r->key.server, server, sizeof(server));
	printf("%llu.%09llu %s:%u > %s:%u \"%.*s\" %u %llu ns\n", r->time_ns / 1000000000, r->time_ns % 1000000000, client,
	       ntohs(r->key.client_port), server, ntohs(r->key.server_port),
	       (int)(end ? end - r->request : (ptrdiff_t)sizeof(r->request)), r->request, r->status, r->duration_ns);
	return 0;
}

static struct bpf_object *load(const char *path, bool wakes)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *map = object ? bpf_object__find_map_by_name(object, ".rodata") : NULL;
	const __u64 wake = wakes ? 0 : BPF_RB_NO_WAKEUP;

	if (!map || bpf_map__set_initial_value(map, &wake, sizeof(wake)) || bpf_object__load(object))
		errx(1, "cannot load %s", path);
	return object;
}

/* Only for interfaces without other filters: removing the clsact qdisc removes all of them. */
static void attach(struct bpf_object *object, int ifindex, struct bpf_tc_hook *hook)
{
	static const struct {
		const char *name;
		enum bpf_tc_attach_point point;
	} programs[] = { { "first_in", BPF_TC_INGRESS }, { "first_out", BPF_TC_EGRESS } };
	size_t i;

	*hook = (struct bpf_tc_hook){ .sz = sizeof(*hook), .ifindex = ifindex, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS };
	if (bpf_tc_hook_create(hook))
		errx(1, "cannot add clsact: the interface has one already, or this is not root");
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		LIBBPF_OPTS(bpf_tc_opts, opts,
			    .prog_fd = bpf_program__fd(bpf_object__find_program_by_name(object, programs[i].name)));

		hook->attach_point = programs[i].point;
		if (bpf_tc_attach(hook, &opts))
			stopped = 1;
	}
	hook->attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	if (!stopped)
		return;
	bpf_tc_hook_destroy(hook);
	errx(1, "cannot attach the programs");
}

static void fetch(struct ring_buffer *ring, long ms)
{
	struct timespec pause = { 0, ms * 1000000 };

	if (!ms) {
		ring_buffer__poll(ring, -1);
		return;
	}
	nanosleep(&pause, NULL);
	ring_buffer__consume(ring);
}

int main(int argc, char **argv)
{
	static char out[1 << 16];
	struct bpf_tc_hook hook;
	struct bpf_object *object;
	struct ring_buffer *ring;
	long ms = argc > 3 ? atol(argv[3]) : 0;

	if (argc < 3 || ms < 0 || ms > 999)
		errx(2, "usage: first_bytes FIRST_BYTES.o IF [MILLISECONDS]");
	setvbuf(stdout, out, _IOFBF, sizeof(out));
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	object = load(argv[1], !ms);
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "records"), on_record, NULL, NULL);
	if (!ring)
		errx(1, "cannot map the ring buffer");
	attach(object, (int)if_nametoindex(argv[2]), &hook);
	fprintf(stderr, "listening on %s\n", argv[2]);
	while (!stopped)
		fetch(ring, ms);
	bpf_tc_hook_destroy(&hook);
	fprintf(stderr, "first_bytes: %llu transactions told\n", told);
	ring_buffer__free(ring);
	bpf_object__close(object);
	return 0;
}
