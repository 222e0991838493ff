/* http: prints a line per HTTP transaction, like an access log, from interfaces or a capture file. Any port. */
#include "args/http.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "http/lines.h"
#include "http/progress.h"
#include "http/screen.h"

static struct ebpfi *session;
static struct args args;
static struct ebpfi_top *top;      /* instead of lines; NULL: lines */
static bool on_screen;             /* the table is live */
static unsigned long long one_way; /* requests whose server was not seen */
static unsigned long long early;   /* requests that were sent before all hooks were attached */
static uint64_t listening_ns;      /* since when all are; 0: not yet */
static int gone;                   /* an interface */
static int output_error;           /* errno of the first write that failed */

static int on_link(const struct ebpfi_link_event *link)
{
	if (link->what != EBPFI_LINK_VANISHED || gone)
		return 0;
	screen_close(); /* it would hide the message */
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

/* On a busy server, many requests come between the attachment of the two hooks at tc, and their responses are not seen. */
static int is_early(const struct ebpfi_http *http)
{
	return !args.input.file && (!listening_ns || http->request_time_ns < listening_ns) &&
	       (http->reason == EBPFI_HTTP_REASON_ONE_WAY || http->reason == EBPFI_HTTP_REASON_UNCERTAIN);
}

/* Requests are shown as they come if they are asked for, or if no response can follow. */
static int is_shown(const struct ebpfi_http *http)
{
	if (args.ports && !args.port[http->src_port] && !args.port[http->dst_port])
		return 0;
	if (top)
		return 1;
	if (http->event.kind == EBPFI_EVENT_HTTP_REQUEST)
		return args.requests || args.hook == EBPFI_HOOK_XDP;
	if (http->event.kind != EBPFI_EVENT_HTTP_UNANSWERED)
		return 1;
	if (args.hook != EBPFI_HOOK_XDP && is_early(http)) {
		early++;
		return 0;
	}
	if (http->reason != EBPFI_HTTP_REASON_ONE_WAY)
		return 1;
	one_way++;
	return args.hook != EBPFI_HOOK_XDP;
}

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	(void)ctx;
	if (event->kind == EBPFI_EVENT_LINK)
		return on_link((const struct ebpfi_link_event *)event);
	if (!is_shown((const struct ebpfi_http *)event))
		return 0;
	return top ? ebpfi_top_add(top, event), 0 : check_write(print_line(session, &args, event));
}

static void on_signal(int number)
{
	(void)number;
	ebpfi_break(session);
}

/* Requests and responses go in opposite directions: attach tc to both. A packet socket sees both. */
static int attach(const char *interface)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = args.hook };
	int n = ebpfi_attach(session, "http", interface, &opts);

	if (n > 0 && args.hook == EBPFI_HOOK_TC) {
		opts.hook = EBPFI_HOOK_TC_EGRESS;
		n = ebpfi_attach(session, "http", interface, &opts);
	}
	if (n > 0)
		fprintf(stderr, "http: listening on %s, %s\n", interface, ebpfi_hook_str(args.hook));
	return n;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int watch(void)
{
	int i, n = 0;

	for (i = 0; i < args.input.interface_count && n >= 0; i++)
		n = attach(args.input.interfaces[i]);
	listening_ns = now_ns();
	if (n >= 0 && args.hook == EBPFI_HOOK_XDP)
		fprintf(stderr, "http: xdp sees what arrives only: requests are shown without their responses\n");
	on_screen = n >= 0 && top && !args.json &&
		    screen_open(args.input.interface_count > 1 ? "several interfaces" : args.input.interfaces[0], args.sort);
	while (n >= 0 && !gone && !check_write(fflush(stdout)))
		n = on_screen ? screen_poll(session, top) : ebpfi_poll(session, -1);
	if ((n >= 0 || n == -ECANCELED) && !output_error)
		n = ebpfi_finish(session);
	screen_close();
	return n < 0 ? n : 0;
}

static int run(void)
{
	struct ebpfi_replay_opts replay = { .sz = sizeof(replay), .progress = top ? show_progress : NULL };
	struct ebpfi_option options[] = {
		{ "tunnels", args.tunnels }, { "heads", args.heads }, { "timeout", args.timeout }, { 0 }
	};
	struct ebpfi_load_opts load = { .sz = sizeof(load), .ring_size = args.buffer_size, .options = options };
	int err = ebpfi_load(session, "http", &load);

	if (!err)
		err = ebpfi_set_filter(session, "http", args.input.filter);
	if (!err)
		err = args.input.file ? ebpfi_replay(session, "http", args.input.file, &replay) : watch();
	hide_progress();
	if (top && !on_screen && (!err || err == -ECANCELED || err == -EBADMSG)) /* a corrupt file has a begin */
		check_write(top_print(top, args.sort, args.json));
	return err == -ECANCELED ? 0 : err;
}

static void summarize(int err)
{
	if (output_error)
		fprintf(stderr, "http: cannot write to standard output: %s\n", strerror(output_error));
	else if (err)
		fprintf(stderr, "http: %s\n", ebpfi_errmsg(session));
	else
		print_summary(session, &args, one_way, early);
}

int main(int argc, char **argv)
{
	static char out[1 << 16];
	int err;

	parse_args(&args, argc, argv);
	session = ebpfi_new(on_event, NULL, NULL);
	if (!session || (args.top && !(top = ebpfi_top_new(NULL))))
		return fprintf(stderr, "http: out of memory or descriptors\n"), 1;
	setvbuf(stdout, out, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof(out));
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	err = run();
	check_write(fflush(stdout));
	summarize(err);
	ebpfi_free(session);
	ebpfi_top_free(top);
	return output_error || gone || err;
}
