/* http: prints a line per HTTP transaction, like an access log, from an interface or a capture file. Any port. */
#include <argp.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOOK = 256, JSON = 512, REQUESTS = 1024 };

static struct ebpfi *session;
static const char *interface, *file;
static int hook = EBPFI_HOOK_TC, show; /* JSON and REQUESTS, a bit each */
static char port[65536], ports;        /* the selected ports, and whether there are any */
static int gone;                       /* the interface */
static int output_error;               /* errno of the first write that failed */

static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Traffic of this interface", 0 },
	{ "read", 'r', "FILE", 0, "Traffic of this capture file (- is standard input); needs no privilege", 0 },
	{ "port", 'p', "PORT", 0, "Only this TCP port; may be repeated (default: any, HTTP is known by its content)", 0 },
	{ "hook", HOOK, "HOOK", 0, "tc (default: ingress and egress), socket, or xdp (which sees what arrives only)", 0 },
	{ "requests", REQUESTS, NULL, 0, "A line for each request's head, too, as soon as it is complete", 0 },
	{ "json", JSON, NULL, 0, "One JSON object per line", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'i':
		interface = arg;
		break;
	case 'r':
		file = arg;
		break;
	case 'p':
		if (atoi(arg) < 1 || atoi(arg) > 65535)
			argp_error(state, "\"%s\" is not a port: 1 to 65535", arg);
		port[atoi(arg)] = ports = 1;
		break;
	case HOOK:
		hook = ebpfi_hook_named(arg);
		if (hook < 0 || hook == EBPFI_HOOK_TC_EGRESS)
			argp_error(state, "there is no hook \"%s\": tc, socket or xdp", arg);
		break;
	case JSON:
	case REQUESTS:
		show |= key;
		break;
	case ARGP_KEY_END:
		if (!file == !interface)
			argp_error(state, "name an interface with -i, or a file with -r");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

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
	if (ports && !port[http->src_port] && !port[http->dst_port])
		return 0;
	if (event->kind == EBPFI_EVENT_HTTP_REQUEST && !(show & REQUESTS))
		return 0;
	return check_write(puts(show & JSON ? ebpfi_event_json(session, event, line, sizeof(line))
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
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = (enum ebpfi_hook)hook };
	int n = ebpfi_attach(session, "http", interface, &opts);

	if (n > 0 && hook == EBPFI_HOOK_TC) {
		opts.hook = EBPFI_HOOK_TC_EGRESS;
		n = ebpfi_attach(session, "http", interface, &opts);
	}
	if (n > 0)
		fprintf(stderr, "http: listening on %s, %s\n", interface, ebpfi_hook_str((enum ebpfi_hook)hook));
	while (n >= 0 && !gone && !check_write(fflush(stdout)))
		n = ebpfi_poll(session, -1);
	if (n >= 0 && !output_error)
		n = ebpfi_poll(session, 0); /* events from before the interface disappeared */
	return n < 0 ? n : 0;
}

static void print_version(FILE *to, struct argp_state *state)
{
	(void)state;
	fprintf(to, "http (libebpfinspect) %s\n", ebpfi_version());
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, "Shows HTTP transactions.", NULL, NULL, NULL };
	struct ebpfi_replay_info replay = { .sz = sizeof(replay) };
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	static char out[1 << 16], line[EBPFI_STR_MAX];
	int err;

	argp_err_exit_status = 2;
	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	session = ebpfi_new(on_event, NULL, NULL);
	if (!session)
		return fprintf(stderr, "http: out of memory or descriptors\n"), 1;
	setvbuf(stdout, out, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof(out));
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	err = file ? ebpfi_replay(session, "http", file, NULL) : watch();
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
