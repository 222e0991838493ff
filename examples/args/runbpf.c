#include "runbpf.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOOK = 256, MODE, CLANG, TRACE, DUMP, JSON };

/* Option names as in clang, xdp-loader and bpftool. */
static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Attach to this interface", 0 },
	{ "hook", HOOK, "HOOK", 0, "xdp, tc, tc-egress or socket (default: the program's own)", 0 },
	{ "mode", MODE, "MODE", 0, "native or skb (XDP), tcx or clsact (tc) (default: the first that works)", 0 },
	{ "program", 'n', "NAME", 0, "The program to attach, if more than one fits", 0 },
	{ "prog-name", 0, NULL, OPTION_ALIAS, NULL, 0 },
	{ "pin-path", 'p', "DIR", 0, "Directory in bpffs for maps that are pinned by name (default: /sys/fs/bpf)", 0 },
	{ "include", 'I', "DIR", 0, "Search this directory for headers, as clang -I", 1 },
	{ "define", 'D', "MACRO[=VALUE]", 0, "Define a macro, as clang -D", 1 },
	{ "mcpu", 'm', "CPU", 0, "v1 to v4, as clang -mcpu=CPU (default: v3, and v2 if the verifier refuses that)", 1 },
	{ "clang", CLANG, "CLANG", 0, "The compiler: a path, or a name in $PATH", 1 },
	{ "trace", TRACE, NULL, 0, "Show what bpf_printk() prints, in this program and in others", 2 },
	{ "dump", DUMP, "MAP", 0, "Show this map at the end", 2 },
	{ "json", JSON, NULL, 0, "Records and map in JSON, one record per line; printed lines go to standard error", 2 },
	{ "time", 't', "SECONDS", 0, "Stop after so many seconds (default: on an interrupt)", 2 },
	{ 0 },
};

static void add_flag(struct argp_state *state, struct args *args, const char *flag, const char *value)
{
	size_t n = 0;
	char *whole = malloc(strlen(flag) + strlen(value) + 1);

	while (args->flags[n])
		n++;
	if (n == FLAGS_MAX || !whole)
		argp_error(state, "at most %d flags for clang", FLAGS_MAX);
	args->flags[n] = strcat(strcpy(whole, flag), value);
}

static enum ebpfi_mode mode_named(struct argp_state *state, const char *name)
{
	static const struct {
		const char *name;
		enum ebpfi_mode mode;
	} modes[] = {
		{ "native", EBPFI_MODE_NATIVE }, { "skb", EBPFI_MODE_GENERIC },   { "generic", EBPFI_MODE_GENERIC },
		{ "tcx", EBPFI_MODE_TCX },       { "clsact", EBPFI_MODE_CLSACT },
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(modes[i].name, name))
			return modes[i].mode;
	argp_error(state, "there is no mode \"%s\": native, skb, tcx or clsact", name);
	return EBPFI_MODE_ANY;
}

/* The name of xdp_pass.bpf.c is xdp_pass. */
static void take_file(struct argp_state *state, struct args *args, const char *file)
{
	const char *base = strrchr(file, '/');
	char magic[4] = "";
	FILE *stream = fopen(file, "r");

	if (args->file)
		argp_error(state, "one program at a time: %s or %s", args->file, file);
	base = base ? base + 1 : file;
	snprintf(args->name, sizeof(args->name), "%.*s", (int)strcspn(base, "."), base);
	if (!*args->name)
		strcpy(args->name, "program");
	args->file = file;
	args->is_object = stream && fread(magic, 1, 4, stream) == 4 && !memcmp(magic, "\177ELF", 4);
	if (stream)
		fclose(stream);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	int hook;

	switch (key) {
	case ARGP_KEY_ARG:
		take_file(state, args, arg);
		break;
	case 'i':
		args->interface = arg;
		break;
	case HOOK:
		hook = ebpfi_hook_named(arg);
		if (hook < 0)
			argp_error(state, "there is no hook \"%s\": xdp, tc, tc-egress or socket", arg);
		args->attach.hook = (enum ebpfi_hook)hook;
		break;
	case MODE:
		args->attach.mode = mode_named(state, arg);
		break;
	case 'n':
		args->attach.program = arg;
		break;
	case 'p':
		args->object.pin_path = arg;
		break;
	case 'I':
		add_flag(state, args, "-I", arg);
		break;
	case 'D':
		add_flag(state, args, "-D", arg);
		break;
	case 'm': /* accepts -m v2, and -mcpu=v2 like clang */
		add_flag(state, args, "-mcpu=", strncmp(arg, "cpu=", 4) ? arg : arg + 4);
		break;
	case CLANG:
		args->object.clang = arg;
		break;
	case TRACE:
		args->trace = true;
		break;
	case DUMP:
		args->dump = arg;
		break;
	case JSON:
		args->json = true;
		break;
	case 't':
		if (!*arg || arg[strspn(arg, "0123456789")])
			argp_error(state, "a time in whole seconds, not \"%s\"", arg);
		args->seconds = (unsigned int)atoi(arg);
		break;
	case ARGP_KEY_END:
		if (!args->file || !args->interface)
			argp_error(state, "name a program, a C file or an object, and an interface with -i");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void print_version(FILE *to, struct argp_state *state)
{
	(void)state;
	fprintf(to, "runbpf (libebpfinspect) %s\n", ebpfi_version());
}

void parse_args(struct args *args, int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse,
		"PROGRAM",
		"Compiles a BPF program, attaches it to an interface and shows its output. PROGRAM is a C file or an object.",
		NULL,
		NULL,
		NULL
	};

	*args = (struct args){ .object.sz = sizeof(args->object), .attach.sz = sizeof(args->attach) };
	args->object.cflags = args->flags;
	argp_err_exit_status = 2;
	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, 0, NULL, args);
}
