/* http: prints a line per HTTP transaction, like an access log, from an interface or a capture file. Any port. */
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args/http.h"

static struct ebpfi *session;
static struct args args;
static int gone;         /* the interface */
static int output_error; /* errno of the first write that failed */

static int on_link(const struct ebpfi_link_event *link)
{
	if (link->what == EBPFI_LINK_VANISHED && !gone)
		gone = fprintf(stderr, "http: %s: %s\n", link->name, link->reason);
	return 0;
}

/* Stores the errno of the first failed write. Returns whether this write failed. */
static int check_write(int result)
{
	if (result < 0 && !output_error)
		output_error = errno;
	return result < 0;
}

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	const struct ebpfi_http *http = (const struct ebpfi_http *)event;
	char line[EBPFI_JSON_MAX];

	(void)ctx;
	if (event->kind == EBPFI_EVENT_LINK)
		return on_link((const struct ebpfi_link_event *)event);
	if (args.ports && !args.port[http->src_port] && !args.port[http->dst_port])
		return 0;
	if (event->kind == EBPFI_EVENT_HTTP_REQUEST && !args.requests)
		return 0;
	return check_write(puts(args.json ? ebpfi_event_json(session, event, line, sizeof(line))
					  : ebpfi_event_str(session, event, line, sizeof(line))));
}

static void on_signal(int number)
{
	(void)number;
	ebpfi_break(session);
}

/* Requests and responses go in opposite directions: attach tc to both. A packet socket sees both. */
static int watch(void)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = args.hook };
	int n = ebpfi_attach(session, "http", args.interface, &opts);

	if (n > 0 && args.hook == EBPFI_HOOK_TC) {
		opts.hook = EBPFI_HOOK_TC_EGRESS;
		n = ebpfi_attach(session, "http", args.interface, &opts);
	}
	if (n > 0)
		fprintf(stderr, "http: listening on %s, %s\n", args.interface, ebpfi_hook_str(args.hook));
	while (n >= 0 && !gone && !check_write(fflush(stdout)))
		n = ebpfi_poll(session, -1);
	if (n >= 0 && !output_error)
		n = ebpfi_poll(session, 0); /* events from before the interface disappeared */
	return n < 0 ? n : 0;
}

int main(int argc, char **argv)
{
	struct ebpfi_replay_info replay = { .sz = sizeof(replay) };
	struct ebpfi_load_opts load = { .sz = sizeof(load) };
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	static char out[1 << 16], line[EBPFI_STR_MAX];
	int err;

	parse_args(&args, argc, argv);
	session = ebpfi_new(on_event, NULL, NULL);
	if (!session)
		return fprintf(stderr, "http: out of memory or descriptors\n"), 1;
	setvbuf(stdout, out, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof(out));
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	load.ring_size = args.buffer_size;
	err = ebpfi_load(session, "http", &load);
	if (!err)
		err = args.file ? ebpfi_replay(session, "http", args.file, NULL) : watch();
	check_write(fflush(stdout));
	if (output_error)
		fprintf(stderr, "http: cannot write to standard output: %s\n", strerror(output_error));
	else if (err && err != -ECANCELED)
		fprintf(stderr, "http: %s\n", ebpfi_errmsg(session));
	else if (!ebpfi_get_stats(session, "http", &stats))
		fprintf(stderr, "http: %s\n", ebpfi_stats_str(&stats, line, sizeof(line)));
	if (!err && !ebpfi_replay_info(session, &replay) && replay.skipped)
		fprintf(stderr, "http: %llu packets skipped: no inspector knows their link type\n",
			(unsigned long long)replay.skipped);
	ebpfi_free(session);
	return output_error || gone || (err && err != -ECANCELED);
}
