/* packets: what tcpdump shows, through XDP, tc or a socket filter, or from a capture file. */
#include <argp.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTERFACES_MAX = 64, JSON = 256, COUNT, HOOK };
enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_COUNT };

static struct ebpfi *session;
static const char *interfaces[INTERFACES_MAX], *file;
static int interface_count;
static int hook = EBPFI_HOOK_ANY;
static enum output output;
static unsigned long long limit, packets;
static char filter[16384];
static struct ebpfi_load_opts load = { .sz = sizeof(load) };

static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Packets of this interface; may be repeated", 0 },
	{ "read", 'r', "FILE", 0, "Packets of this capture file (pcap, pcapng; - is standard input); needs no privilege", 0 },
	{ "packets", 'c', "COUNT", 0, "Stop after COUNT packets", 0 },
	{ "snaplen", 's', "BYTES", 0, "Bytes of each packet to carry, 0 to 65535 (default 0: headers are decoded in any case)",
	  0 },
	{ "hook", HOOK, "HOOK", 0, "xdp, tc, tc-egress or socket (default: socket, both directions)", 0 },
	{ "json", JSON, NULL, 0, "One JSON object a line", 0 },
	{ "count", COUNT, NULL, 0, "Print the number of packets only", 0 },
	{ 0 },
};

static unsigned long long number(struct argp_state *state, const char *arg, unsigned long long max)
{
	char *end;
	unsigned long long n = strtoull(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || n > max)
		argp_error(state, "\"%s\" is no number from 0 to %llu", arg, max);
	return n;
}

static void add_to_filter(struct argp_state *state, const char *word)
{
	size_t used = strlen(filter);

	if (used + strlen(word) + 2 > sizeof(filter))
		argp_error(state, "the filter is longer than %zu characters", sizeof(filter) - 1);
	snprintf(filter + used, sizeof(filter) - used, "%s%s", used ? " " : "", word);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'i':
		if (interface_count == INTERFACES_MAX)
			argp_error(state, "at most %d interfaces", INTERFACES_MAX);
		interfaces[interface_count++] = arg;
		break;
	case 'r':
		file = arg;
		break;
	case 'c':
		limit = number(state, arg, UINT64_MAX);
		break;
	case 's':
		load.snaplen = (uint32_t)number(state, arg, 65535);
		break;
	case HOOK:
		hook = ebpfi_hook_named(arg);
		if (hook < 0)
			argp_error(state, "there is no hook \"%s\": xdp, tc, tc-egress or socket", arg);
		break;
	case JSON:
		output = OUTPUT_JSON;
		break;
	case COUNT:
		output = OUTPUT_COUNT;
		break;
	case ARGP_KEY_ARG:
		add_to_filter(state, arg);
		break;
	case ARGP_KEY_END:
		if (!file == !interface_count)
			argp_error(state, "name interfaces with -i, or one file with -r");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	char line[EBPFI_JSON_MAX];

	(void)ctx;
	packets++;
	if (output == OUTPUT_TEXT)
		puts(ebpfi_event_str(session, event, line, sizeof(line)));
	else if (output == OUTPUT_JSON)
		puts(ebpfi_event_json(session, event, line, sizeof(line)));
	return packets == limit;
}

static void on_signal(int number)
{
	(void)number;
	ebpfi_break(session);
}

/* As tcpdump does, so that scripts can wait for it. Where a mode had to be passed over, the user is told. */
static int attach_all(void)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook };
	struct ebpfi_link_info info = { .sz = sizeof(info) };
	int i, link;

	for (i = 0; i < interface_count; i++) {
		link = ebpfi_attach(session, "packet", interfaces[i], &opts);
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

	for (; n >= 0; n = ebpfi_poll(session, -1))
		fflush(stdout);
	return n;
}

static void summarize(void)
{
	struct ebpfi_stats stats = { .sz = sizeof(stats) };
	char line[EBPFI_STR_MAX];

	if (output == OUTPUT_COUNT)
		printf("%llu\n", packets);
	fflush(stdout);
	if (!ebpfi_get_stats(session, "packet", &stats))
		fprintf(stderr, "packets: %s\n", ebpfi_stats_str(&stats, line, sizeof(line)));
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse,
		"[EXPRESSION]",
		"Shows the packets of interfaces or of a capture file; of those, the ones that EXPRESSION "
		"matches, as in tcpdump: packets -i eth0 'icmp or (vlan and port 53)'.",
		NULL,
		NULL,
		NULL
	};
	struct sigaction action = { .sa_handler = on_signal };
	int err;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	session = ebpfi_new(on_event, NULL, NULL);
	if (!session)
		return fprintf(stderr, "packets: out of memory or descriptors\n"), 1;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	err = ebpfi_load(session, "packet", &load);
	if (!err)
		err = ebpfi_set_filter(session, "packet", filter);
	if (!err)
		err = file ? ebpfi_replay(session, "packet", file, NULL) : watch();
	if (err && err != -ECANCELED)
		fprintf(stderr, "packets: %s\n", ebpfi_errmsg(session));
	summarize();
	ebpfi_free(session);
	return err && err != -ECANCELED;
}
