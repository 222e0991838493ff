#include "packets.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

enum { JSON = 256, COUNT, HOOK };

static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Packets of this interface; may be repeated", 0 },
	{ "read", 'r', "FILE", 0, "Packets of this capture file (pcap, pcapng; - is standard input); needs no privilege", 0 },
	{ "write", 'w', "FILE", 0, "Write the packets to this pcapng file, whole unless -s says less, and print none", 0 },
	{ "packets", 'c', "COUNT", 0, "Stop after COUNT packets", 0 },
	{ "snaplen", 's', "BYTES", 0, "Bytes of each packet to carry, 0 to 65535 (default 0: headers are decoded in any case)",
	  0 },
	{ "buffer-size", 'B', "KIB", 0, "Size of the ring buffer in KiB (default 4096)", 0 },
	{ "hook", HOOK, "HOOK", 0, "xdp, tc, tc-egress or socket (default: socket, both directions)", 0 },
	{ "json", JSON, NULL, 0, "One JSON object per line", 0 },
	{ "count", COUNT, NULL, 0, "Print the number of packets only", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'i':
		input_interface(state, &args->input, arg);
		break;
	case 'r':
		args->input.file = arg;
		break;
	case 'w':
		args->out = arg;
		args->output = OUTPUT_FILE;
		break;
	case 'c':
		args->limit = number(state, arg, 0, UINT64_MAX);
		break;
	case 's':
		args->snaplen = (uint32_t)number(state, arg, 0, 65535);
		break;
	case 'B':
		args->buffer_size = (uint32_t)number(state, arg, 1, BUFFER_KIB_MAX) * 1024;
		break;
	case HOOK:
		args->input.hook = arg;
		args->hook = ebpfi_hook_named(arg);
		if (args->hook < 0)
			argp_error(state, "there is no hook \"%s\": xdp, tc, tc-egress or socket", arg);
		break;
	case JSON:
		args->output = OUTPUT_JSON;
		break;
	case COUNT:
		args->output = OUTPUT_COUNT;
		break;
	case ARGP_KEY_ARG:
		input_filter(state, &args->input, arg);
		break;
	case ARGP_KEY_END:
		input_check(state, &args->input);
		if (args->snaplen == UINT32_MAX)
			args->snaplen = args->out ? 65535 : 0;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_version(FILE *to, struct argp_state *state)
{
	(void)state;
	fprintf(to, "packets (libebpfinspect) %s\n", ebpfi_version());
}

void parse_args(struct args *args, int argc, char **argv)
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

	*args = (struct args){ .hook = EBPFI_HOOK_ANY, .snaplen = UINT32_MAX };
	argp_err_exit_status = 2;
	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, 0, NULL, args);
}
