/* packets: shows packets like tcpdump, through XDP, tc or a socket filter, or from a capture file. */
#include "args/packets.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct args args;
static struct ebpfi *session;
static struct ebpfi_pcapng *out;
static unsigned long long packets;
static int failed, output_error; /* output_error: errno of the first write to standard output that failed */

/* Stores the errno of the first failed write. Returns whether this write failed. */
static int check_write(int result)
{
	if (result < 0 && !output_error)
		output_error = errno;
	return result < 0;
}

/* Like tcpdump, end when the interface disappears. */
static int on_link(const struct ebpfi_link_event *link)
{
	if (link->what == EBPFI_LINK_VANISHED)
		failed = fprintf(stderr, "packets: %s: %s\n", link->name, link->reason);
	return 0;
}

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	char line[EBPFI_JSON_MAX];

	(void)ctx;
	if (event->kind == EBPFI_EVENT_LINK)
		return on_link((const struct ebpfi_link_event *)event);
	packets++;
	if (out && ebpfi_pcapng_write(out, event) < 0)
		return failed = fprintf(stderr, "packets: %s\n", ebpfi_errmsg(session));
	if (args.output == OUTPUT_TEXT)
		check_write(puts(ebpfi_event_str(session, event, line, sizeof(line))));
	else if (args.output == OUTPUT_JSON)
		check_write(puts(ebpfi_event_json(session, event, line, sizeof(line))));
	return output_error || packets == args.limit;
}

static void on_signal(int number)
{
	(void)number;
	ebpfi_break(session);
}

/* Prints "listening" like tcpdump, so that scripts can wait for it, and names refused modes. */
static int attach_all(void)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = args.hook };
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	int i, link;

	for (i = 0; i < args.input.interface_count; i++) {
		link = ebpfi_attach(session, "packet", args.input.interfaces[i], &opts);
		if (link < 0)
			return link;
		if (!ebpfi_link_info(session, link, &info))
			fprintf(stderr, "packets: listening on %s, %s%s%s\n", info.interface, ebpfi_hook_str(info.hook),
				*info.refused ? ", not " : "", info.refused);
	}
	return 0;
}

static int watch(void)
{
	int n = attach_all();

	while (n >= 0 && !failed && !check_write(fflush(stdout)))
		n = ebpfi_poll(session, -1);
	if (n >= 0 && !output_error)
		n = ebpfi_poll(session, 0); /* events from before the interface disappeared */
	return n < 0 ? n : 0;
}

/* After an error, print statistics only if packets were seen before it. */
static void summarize(int err)
{
	struct ebpfi_replay_info replay = { .sz = sizeof(replay) };
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	char line[EBPFI_STR_MAX];

	if (args.output == OUTPUT_COUNT && (!err || err == -EBADMSG || packets))
		check_write(printf("%llu\n", packets));
	check_write(fflush(stdout));
	if (output_error)
		fprintf(stderr, "packets: cannot write to standard output: %s\n", strerror(output_error));
	else if (!ebpfi_get_stats(session, "packet", &stats) && (!err || stats.ledger.seen))
		fprintf(stderr, "packets: %s\n", ebpfi_stats_str(&stats, line, sizeof(line)));
	if (!err && !ebpfi_replay_info(session, &replay) && replay.skipped)
		fprintf(stderr, "packets: %llu packets skipped: no inspector knows their link type\n",
			(unsigned long long)replay.skipped);
}

static int run(void)
{
	struct ebpfi_load_opts load = { .sz = sizeof(load),
					.ring_size = args.buffer_size,
					.options = (struct ebpfi_option[]){ { "snaplen", args.snaplen }, { 0 } } };
	struct ebpfi_pcapng_opts write = { .sz = sizeof(write), .cooked = args.input.any };
	int err = ebpfi_load(session, "packet", &load);

	if (!err && args.out && !(out = ebpfi_pcapng_open(session, args.out, &write)))
		err = -EIO;
	if (!err)
		err = ebpfi_set_filter(session, "packet", args.input.filter);
	if (!err)
		err = args.input.file ? ebpfi_replay(session, "packet", args.input.file, NULL) : watch();
	return err == -ECANCELED ? 0 : err;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int err;

	parse_args(&args, argc, argv);
	session = ebpfi_new(on_event, NULL, NULL);
	if (!session)
		return fprintf(stderr, "packets: out of memory or descriptors\n"), 1;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	err = run();
	if (err)
		fprintf(stderr, "packets: %s\n", ebpfi_errmsg(session));
	summarize(err);
	if (!failed && ebpfi_pcapng_close(out) < 0)
		failed = fprintf(stderr, "packets: %s\n", ebpfi_errmsg(session));
	ebpfi_free(session);
	return err || failed || output_error;
}
