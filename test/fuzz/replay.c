/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Fuzz target: a capture file through ebpfi_replay(), its events as text and into a pcapng file. */
#include <ebpfinspect/ebpfinspect.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

struct host {
	struct ebpfi *session;
	struct ebpfi_pcapng *out;
};

static int on_event(void *ctx, const struct ebpfi_event *event)
{
	struct host *host = ctx;
	char line[EBPFI_JSON_MAX];

	ebpfi_event_str(host->session, event, line, EBPFI_STR_MAX);
	ebpfi_event_json(host->session, event, line, sizeof(line));
	return ebpfi_pcapng_write(host->out, event) < 0;
}

static void replay(const char *inspector, const char *path)
{
	static const struct ebpfi_option packet[] = { { "snaplen", 512 }, { 0 } };
	struct ebpfi_load_opts load = { .sz = sizeof(load), .ring_size = 256 << 10 };
	struct host host = { 0 };

	load.options = strcmp(inspector, "packet") ? NULL : packet;
	host.session = ebpfi_new(on_event, &host, NULL);
	host.out = host.session ? ebpfi_pcapng_open(host.session, "/dev/null", NULL) : NULL;
	if (host.out && !ebpfi_load(host.session, inspector, &load) && ebpfi_replay(host.session, inspector, path, NULL) &&
	    !*ebpfi_errmsg(host.session))
		abort(); /* every error has a message */
	ebpfi_free(host.session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *inspector, *path = fuzz_file(data, size);
	unsigned int i;

	for (i = 0; path && (inspector = ebpfi_inspector_name(i)); i++)
		replay(inspector, path);
	return 0;
}
