#include "http.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

enum { HOOK = 256, JSON, REQUESTS };

static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Traffic of this interface", 0 },
	{ "read", 'r', "FILE", 0, "Traffic of this capture file (- is standard input); needs no privilege", 0 },
	{ "port", 'p', "PORT", 0, "Only this TCP port; may be repeated (default: any, HTTP is known by its content)", 0 },
	{ "hook", HOOK, "HOOK", 0, "tc (default: ingress and egress), socket, or xdp (which sees what arrives only)", 0 },
	{ "buffer-size", 'B', "KIB", 0, "Size of the ring buffer in KiB (default 4096)", 0 },
	{ "requests", REQUESTS, NULL, 0, "A line for each request's head, too, as soon as it is complete", 0 },
	{ "json", JSON, NULL, 0, "One JSON object per line", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'i':
		args->interface = arg;
		break;
	case 'r':
		args->file = arg;
		break;
	case 'p':
		args->port[number(state, arg, 1, 65535)] = args->ports = true;
		break;
	case 'B':
		args->buffer_size = (uint32_t)number(state, arg, 1, BUFFER_KIB_MAX) * 1024;
		break;
	case HOOK:
		if (ebpfi_hook_named(arg) < 0 || ebpfi_hook_named(arg) == EBPFI_HOOK_TC_EGRESS)
			argp_error(state, "there is no hook \"%s\": tc, socket or xdp", arg);
		args->hook = (enum ebpfi_hook)ebpfi_hook_named(arg);
		break;
	case JSON:
		args->json = true;
		break;
	case REQUESTS:
		args->requests = true;
		break;
	case ARGP_KEY_END:
		if (!args->file == !args->interface)
			argp_error(state, "name an interface with -i, or a file with -r");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_version(FILE *to, struct argp_state *state)
{
	(void)state;
	fprintf(to, "http (libebpfinspect) %s\n", ebpfi_version());
}

void parse_args(struct args *args, int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, "Shows HTTP transactions.", NULL, NULL, NULL };

	args->hook = EBPFI_HOOK_TC;
	argp_err_exit_status = 2;
	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, 0, NULL, args);
}
