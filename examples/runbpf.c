/* runbpf: compiles a BPF program, attaches it, and shows what it says: printed lines, records, and in the end a map. */
#include <argp.h>
#include <ebpfinspect/ebpfinspect.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOOK = 128, PROGRAM, TRACE, DUMP, JSON, GIVEN };

static struct ebpfi *session;
static const char *file, *given[GIVEN] = { ['t'] = "0" }; /* by option */

static const struct argp_option options[] = {
	{ "interface", 'i', "IF", 0, "Attach to this interface", 0 },
	{ "hook", HOOK, "HOOK", 0, "xdp, tc, tc-egress or socket (default: the program's own)", 0 },
	{ "program", PROGRAM, "NAME", 0, "The program to attach, where more than one fits", 0 },
	{ "trace", TRACE, NULL, 0, "Show what bpf_printk() prints, in this program and in others", 0 },
	{ "dump", DUMP, "MAP", 0, "Show this map at the end", 0 },
	{ "json", JSON, NULL, 0, "Records and map in JSON, one record a line; printed lines go to standard error", 0 },
	{ "time", 't', "SECONDS", 0, "Stop after so long (default: on an interrupt)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG && !file)
		file = arg;
	else if (key > 0 && key < GIVEN)
		given[key] = arg ? arg : "";
	else if (key != ARGP_KEY_END)
		return ARGP_ERR_UNKNOWN;
	else if (!file || !given['i'] || given['t'][strspn(given['t'], "0123456789")])
		argp_error(state, "name a program, prog.c or prog.o, an interface with -i, and a time in whole seconds");
	else if (given[HOOK] && ebpfi_hook_named(given[HOOK]) < 0)
		argp_error(state, "there is no hook \"%s\": xdp, tc, tc-egress or socket", given[HOOK]);
	return 0;
}

static const char *path_of(const char *map)
{
	static char path[256];

	snprintf(path, sizeof(path), "prog.%s", map);
	return path;
}

static int on_trace(void *ctx, const struct ebpfi_trace *line)
{
	(void)ctx;
	return fprintf(given[JSON] ? stderr : stdout, "%s\n", line->text) < 0;
}

static int on_record(void *map, const void *data, size_t size)
{
	size_t i;

	printf(given[JSON] ? "{\"map\":\"%s\",\"record\":\"" : "%s:", (const char *)map);
	for (i = 0; i < size; i++)
		printf(given[JSON] ? "%02x" : " %02x", ((const unsigned char *)data)[i]);
	return printf(given[JSON] ? "\"}\n" : "\n") < 0;
}

static int on_dump(void *ctx, const char *text, size_t size)
{
	(void)ctx;
	return fwrite(text, 1, size, stdout) != size;
}

static int start(void)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .program = given[PROGRAM] };
	const char *suffix = strrchr(file, '.'), *map;
	int i, err = (suffix && !strcmp(suffix, ".o") ? ebpfi_load_file : ebpfi_load_source)(session, "prog", file, NULL);

	/* Every map is asked; those that are no buffer of records refuse. */
	for (i = 0; !err && (map = ebpfi_map_name(session, "prog", i)); i++) {
		err = ebpfi_on_record(session, path_of(map), on_record, (void *)map);
		err = err == -EINVAL ? 0 : err;
	}
	if (!err && given[TRACE])
		err = ebpfi_on_trace(session, on_trace, NULL);
	if (given[HOOK])
		opts.hook = (enum ebpfi_hook)ebpfi_hook_named(given[HOOK]);
	return err ? err : ebpfi_attach(session, "prog", given['i'], &opts);
}

static void on_signal(int number)
{
	(void)number;
	ebpfi_break(session);
}

int main(int argc, char **argv)
{
	const struct argp argp = { .options = options, .parser = parse, .args_doc = "PROGRAM.c|PROGRAM.o" };
	enum ebpfi_dump_format form;
	int n;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	form = given[JSON] ? EBPFI_DUMP_JSON : EBPFI_DUMP_TEXT;
	session = ebpfi_new(NULL, NULL, NULL);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGALRM, on_signal);
	n = session ? start() : -ENOMEM;
	if (n > 0)
		fprintf(stderr, "runbpf: listening on %s\n", given['i']);
	for (alarm((unsigned int)atoi(given['t'])); n >= 0; n = ebpfi_poll(session, -1))
		fflush(stdout);
	if (n == -ECANCELED)
		n = given[DUMP] ? ebpfi_map_dump(session, path_of(given[DUMP]), form, on_dump, NULL) : 0;
	if (n < 0)
		fprintf(stderr, "runbpf: %s\n", session ? ebpfi_errmsg(session) : "out of memory or descriptors");
	ebpfi_free(session);
	return n < 0;
}
