/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The cost of a request of 700 bytes in the kernel: the program's time from BPF_PROG_TEST_RUN for consecutive requests on one
 * connection, and for a segment that was already read (the cost of everything but HTTP).
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <ebpfinspect/ebpfinspect.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"

enum { RUNS = 20000, HEADERS = 54, REQUEST = 700 };

static unsigned char packet[HEADERS + REQUEST];

static void make_packet(void)
{
	static const unsigned char head[] = {
		2,
		0,
		0,
		0,
		0,
		2,
		2,
		0,
		0,
		0,
		0,
		1,
		8,
		0, /* Ethernet */
		0x45,
		0,
		(HEADERS - 14 + REQUEST) >> 8,
		(HEADERS - 14 + REQUEST) & 255,
		0,
		1,
		0,
		0,
		64,
		6,
		0,
		0,
		10,
		0,
		0,
		1,
		10,
		0,
		0,
		2,
		0x30,
		0x39,
		0,
		80,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		1,
		0x50,
		0x18,
		1,
		0,
		0,
		0,
		0,
		0, /* TCP 12345 > 80, PSH ACK */
	};
	static const char start[] = "GET /api/v1/customers/4711/orders?limit=20 HTTP/1.1\r\n"
				    "Host: api.example.com\r\n"
				    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
				    "Accept: application/json, text/plain, */*\r\n"
				    "Accept-Language: en-US,en;q=0.5\r\n"
				    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
				    "Authorization: Bearer ";
	static const char end[] = "\r\nConnection: keep-alive\r\n\r\n";

	memcpy(packet, head, sizeof(head));
	memset(packet + HEADERS, 'x', REQUEST);
	memcpy(packet + HEADERS, start, sizeof(start) - 1);
	memcpy(packet + sizeof(packet) - (sizeof(end) - 1), end, sizeof(end) - 1);
}

static uint32_t run(int fd, uint32_t seq)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);

	seq = htonl(seq);
	memcpy(packet + 38, &seq, sizeof(seq));
	if (bpf_prog_test_run_opts(fd, &opts))
		err(1, "cannot run the program");
	return opts.duration;
}

static int by_value(const void *a, const void *b)
{
	return (*(const uint32_t *)a > *(const uint32_t *)b) - (*(const uint32_t *)a < *(const uint32_t *)b);
}

static uint32_t median(int fd, uint32_t advance, struct ebpfi *session)
{
	static uint32_t times[RUNS], seq = 1000;
	int i;

	for (i = 0; i < RUNS; i++) {
		times[i] = run(fd, seq);
		seq += advance;
		if (i % 1000 == 0)
			ebpfi_poll(session, 0);
	}
	qsort(times, RUNS, sizeof(times[0]), by_value);
	return times[RUNS / 2];
}

static unsigned long requests;

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	(void)ctx;
	requests += event->kind == EBPFI_EVENT_HTTP_REQUEST;
	return 0;
}

int main(void)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = EBPFI_HOOK_TC };
	struct ebpfi_load_opts load = { .sz = sizeof(load), .ring_size = 64 << 20 };
	struct ebpfi *session = ebpfi_new(on_event, NULL, NULL);
	uint32_t http, idle;
	int fd;

	make_packet();
	if (ebpfi_load(session, "http", &load) || ebpfi_attach(session, "http", "lo", &opts) < 0)
		errx(1, "%s", ebpfi_errmsg(session));
	fd = newest_program("http_tc_in");
	http = median(fd, REQUEST, session);
	idle = median(fd, 0, session);
	while (ebpfi_poll(session, 0) > 0)
		;
	if (requests < RUNS)
		errx(1, "only %lu of %d requests were seen", requests, RUNS);
	printf("http: a request of %d bytes %u ns, a segment read before %u ns, HTTP itself %u ns (medians of %d)\n", REQUEST,
	       http, idle, http - idle, RUNS);
	ebpfi_free(session);
	return 0;
}
