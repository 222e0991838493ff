/* The smallest host: prints a line per packet of an interface. As root: hello eth0 */
#include <ebpfinspect/ebpfinspect.h>
#include <stdio.h>

static int print(void *ctx, const struct ebpfi_event *event)
{
	char line[EBPFI_STR_MAX];

	puts(ebpfi_event_str(*(struct ebpfi **)ctx, event, line, sizeof(line)));
	return fflush(stdout) ? perror("hello: standard output"), 1 : 0;
}

int main(int argc, char **argv)
{
	struct ebpfi *s = ebpfi_new(print, &s, NULL);

	if (!s || ebpfi_attach(s, "packet", argc > 1 ? argv[1] : "lo", NULL) < 0)
		return fprintf(stderr, "hello: %s\n", s ? ebpfi_errmsg(s) : "out of memory"), 1;
	while (ebpfi_poll(s, -1) >= 0)
		;
	fprintf(stderr, "hello: %s\n", ebpfi_errmsg(s));
	ebpfi_free(s);
	return 1;
}
