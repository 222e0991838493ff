/* runbpf: compiles a BPF program, attaches it, and shows its output: printed lines, records, and at the end a map. */
#include "args/runbpf.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct ebpfi *session;
static struct args args;
static int gone;         /* the interface */
static int output_error; /* errno of the first write that failed */

static int check_write(int result)
{
	if (result < 0 && !output_error)
		output_error = errno;
	return result < 0;
}

static const char *path_of(const char *map)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s.%s", args.name, map);
	return path;
}

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	const struct ebpfi_link_event *link = (const struct ebpfi_link_event *)event;

	(void)ctx;
	if (event->kind == EBPFI_EVENT_LINK && link->what == EBPFI_LINK_VANISHED)
		gone = fprintf(stderr, "runbpf: %s: %s\n", link->name, link->reason);
	return 0;
}

/* Shows clang's messages, and that a program was compiled twice. */
static void on_log(void *ctx, enum ebpfi_log_level level, const char *text)
{
	(void)ctx;
	if (level <= EBPFI_LOG_WARNING)
		fprintf(stderr, "%s\n", text);
}

static int on_trace(void *ctx, const struct ebpfi_trace *line)
{
	(void)ctx;
	return check_write(fprintf(args.json ? stderr : stdout, "%s\n", line->text));
}

static int on_record(void *map, const void *data, size_t size)
{
	size_t i;

	printf(args.json ? "{\"map\":\"%s\",\"record\":\"" : "%s:", (const char *)map);
	for (i = 0; i < size; i++)
		printf(args.json ? "%02x" : " %02x", ((const unsigned char *)data)[i]);
	return check_write(printf(args.json ? "\"}\n" : "\n"));
}

static int on_dump(void *ctx, const char *text, size_t size)
{
	(void)ctx;
	return check_write(fwrite(text, 1, size, stdout) == size ? 0 : -1);
}

static int start(void)
{
	const char *map;
	int i, err = (args.is_object ? ebpfi_load_file : ebpfi_load_source)(session, args.name, args.file, &args.object);

	/* Tries every map: maps other than ring and perf buffers refuse. */
	for (i = 0; !err && (map = ebpfi_map_name(session, args.name, i)); i++) {
		err = ebpfi_on_record(session, path_of(map), on_record, (void *)map);
		err = err == -EINVAL ? 0 : err;
	}
	if (!err && args.trace)
		err = ebpfi_on_trace(session, on_trace, NULL);
	return err ? err : ebpfi_attach(session, args.name, args.interface, &args.attach);
}

static void on_signal(int number)
{
	(void)number;
	ebpfi_break(session);
}

/* Polls until a signal, an error, or the end of the interface. Returns 0 or the library's error. */
static int run(void)
{
	int n = start();

	if (n > 0)
		fprintf(stderr, "runbpf: listening on %s\n", args.interface);
	for (alarm(args.seconds); n >= 0 && !gone && !output_error; n = ebpfi_poll(session, -1))
		check_write(fflush(stdout));
	if (gone && n >= 0)
		n = ebpfi_poll(session, 0); /* records from before the interface was deleted */
	if (n < 0 && n != -ECANCELED)
		return n;
	return args.dump && !output_error ? ebpfi_map_dump(session, path_of(args.dump),
							   args.json ? EBPFI_DUMP_JSON : EBPFI_DUMP_TEXT, on_dump, NULL)
					  : 0;
}

int main(int argc, char **argv)
{
	struct ebpfi_opts opts = { .sz = sizeof(opts), .log = on_log };
	int err;

	parse_args(&args, argc, argv);
	session = ebpfi_new(on_event, NULL, &opts);
	if (!session)
		return fprintf(stderr, "runbpf: out of memory or descriptors\n"), 1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGALRM, on_signal);
	err = run();
	check_write(fflush(stdout));
	if (output_error)
		fprintf(stderr, "runbpf: cannot write to standard output: %s\n", strerror(output_error));
	else if (err < 0)
		fprintf(stderr, "runbpf: %s\n", ebpfi_errmsg(session));
	ebpfi_free(session);
	return gone || output_error || err < 0;
}
