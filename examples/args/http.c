#include "http.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

enum { HOOK = 256, JSON, REQUESTS, HEADS, TIMEOUT, TUNNELS, DATE, TOP, SORT, TIMEOUT_MAX = 86400 };

static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Traffic of this interface; may be repeated", 0 },
	{ "read", 'r', "FILE", 0, "Traffic of this capture file (- is standard input); needs no privilege", 0 },
	{ "port", 'p', "PORT", 0, "Only this TCP port; may be repeated (default: any, HTTP is known by its content)", 0 },
	{ "hook", HOOK, "HOOK", 0, "tc (default: ingress and egress), socket, or xdp (which sees what arrives only)", 0 },
	{ "tunnels", TUNNELS, NULL, 0, "Traffic inside VXLAN and Geneve, too", 0 },
	{ "buffer-size", 'B', "KIB", 0, "Size of the ring buffer in KiB (default 4096)", 0 },
	{ "requests", REQUESTS, NULL, 0, "A line for each request's head, too, as soon as it is complete", 0 },
	{ "heads", HEADS, NULL, 0, "A line for each response's head, too, as soon as it is complete", 0 },
	{ "timeout", TIMEOUT, "SECONDS", 0,
	  "A line for each request that has no response after this time (default 0: no limit)", 0 },
	{ "date", DATE, NULL, 0, "The date before the time", 0 },
	{ "verbose", 'v', NULL, 0, "The request's bytes and the time to the response's first byte, too", 0 },
	{ "top", TOP, NULL, 0,
	  "A table instead of lines: a row per method, host and path; live on a terminal, otherwise at the end", 0 },
	{ "sort", SORT, "COLUMN", 0,
	  "Sort the table by rate (default), requests, p50, p95, p99, 4xx, 5xx, bytes, unanswered or marked", 0 },
	{ "json", JSON, NULL, 0, "One JSON object per line", 0 },
	{ 0 },
};

static void set_hook(struct argp_state *state, struct args *args, const char *name)
{
	int hook = ebpfi_hook_named(name);

	if (hook < 0 || hook == EBPFI_HOOK_TC_EGRESS)
		argp_error(state, "there is no hook \"%s\": tc, socket or xdp", name);
	args->input.hook = name;
	args->hook = (enum ebpfi_hook)hook;
}

static error_t parse_shown(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case SORT:
		args->sort = top_column_named(arg);
		if (args->sort == TOP_COLUMNS)
			argp_error(state,
				   "there is no column \"%s\": rate, requests, p50, p95, p99, 4xx, 5xx, bytes, unanswered or "
				   "marked",
				   arg);
		/* fallthrough */
	case TOP:
		args->top = true;
		break;
	case REQUESTS:
		args->requests = true;
		break;
	case HEADS:
		args->heads = true;
		break;
	case DATE:
		args->date = true;
		break;
	case 'v':
		args->verbose = true;
		break;
	case JSON:
		args->json = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

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
	case 'p':
		args->port[number(state, arg, 1, 65535)] = args->ports = true;
		break;
	case 'B':
		args->buffer_size = (uint32_t)number(state, arg, 1, BUFFER_KIB_MAX) * 1024;
		break;
	case HOOK:
		set_hook(state, args, arg);
		break;
	case TUNNELS:
		args->tunnels = true;
		break;
	case TIMEOUT:
		args->timeout = (uint32_t)number(state, arg, 0, TIMEOUT_MAX);
		break;
	case ARGP_KEY_ARG:
		input_filter(state, &args->input, arg);
		break;
	case ARGP_KEY_END:
		input_check(state, &args->input);
		break;
	default:
		return parse_shown(key, arg, state);
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
	static const struct argp argp = {
		options,
		parse,
		"[EXPRESSION]",
		"Shows HTTP transactions of interfaces or of a capture file; of the packets that EXPRESSION matches, as in "
		"tcpdump: http -i eth0 'host 10.0.0.1'.",
		NULL,
		NULL,
		NULL
	};

	args->hook = EBPFI_HOOK_TC;
	argp_err_exit_status = 2;
	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, 0, NULL, args);
}
