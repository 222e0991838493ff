/* The host: prints a line per TCP connection that is opened to this machine. As root: custom eth0 [PORT] */
#include "custom.h"

#include <arpa/inet.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "custom.skel.h" /* the object's bytes, by bpftool */

static struct ebpfi *session;

static int print(void *ctx, const void *data, size_t size)
{
	const struct connection *c = data;
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

	(void)ctx;
	if (size < sizeof(*c))
		return 0;
	inet_ntop(AF_INET, &c->source, from, sizeof(from));
	inet_ntop(AF_INET, &c->destination, to, sizeof(to));
	return printf("%s:%u > %s:%u\n", from, ntohs(c->source_port), to, ntohs(c->destination_port)) < 0;
}

static int start(const char *interface, uint16_t port)
{
	const struct ebpfi_knob knob = { "only_port", &port, sizeof(port) };
	struct ebpfi_object_opts opts = { .sz = sizeof(opts), .knobs = &knob, .knob_count = 1 };
	size_t size;
	const void *object = custom_bpf__elf_bytes(&size);
	int err = ebpfi_load_mem(session, "custom", object, size, &opts);

	if (!err)
		err = ebpfi_on_record(session, "custom.connections", print, NULL);
	return err ? err : ebpfi_attach(session, "custom", interface, NULL);
}

static void on_signal(int number)
{
	(void)number;
	ebpfi_break(session);
}

int main(int argc, char **argv)
{
	int n;

	if (argc < 2)
		return fprintf(stderr, "usage: custom INTERFACE [PORT]\n"), 2;
	session = ebpfi_new(NULL, NULL, NULL);
	if (!session)
		return fprintf(stderr, "custom: out of memory or descriptors\n"), 1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	for (n = start(argv[1], argc > 2 ? htons((uint16_t)atoi(argv[2])) : 0); n >= 0 && !fflush(stdout);)
		n = ebpfi_poll(session, -1);
	if (ferror(stdout))
		fprintf(stderr, "custom: cannot write to standard output: %s\n", strerror(errno));
	else if (n != -ECANCELED)
		fprintf(stderr, "custom: %s\n", ebpfi_errmsg(session));
	ebpfi_free(session);
	return n != -ECANCELED || ferror(stdout);
}
