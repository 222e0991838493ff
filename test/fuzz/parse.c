/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Fuzz target: one packet through each inspector's parsers. The input is struct head, then the packet. */
#include <stdlib.h>

#include "fuzz.h"
#include "inspector.h"
#include "link_type.h"
#include "native_run.h"

enum { RING = 256 << 10, PACKET_MAX = 65535 };

static void take(void *ctx, const void *record, size_t size)
{
	const struct ebpfi_event *event = record;

	(void)ctx;
	if (size < sizeof(*event) || event->len > size)
		abort();
}

static void inspect(const struct inspector *inspector, struct pkt *p)
{
	struct native_run *run = native_run_new(inspector->native, RING, take, NULL);
	uint32_t snaplen = 128;

	if (!run)
		return;
	native_run_set(run, "snaplen", &snaplen, sizeof(snaplen));
	if (inspector->prepare && inspector->prepare(native_run_put, run))
		abort();
	native_run_enter(run);
	native_run_packet(run, p, 1);
	native_run_packet(run, p, 2); /* again, with the map contents of the first run */
	native_run_leave(run);
	native_run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t links[] = { LINK_ETHERNET, LINK_RAW, LINK_NULL, LINK_LOOP, LINK_LINUX_SLL, LINK_LINUX_SLL2 };
	const struct inspector *inspector;
	struct fuzz_head head;
	struct pkt p = { .segments = 1 };
	uint8_t *packet;
	unsigned int i;

	if (size < sizeof(head) || size - sizeof(head) > PACKET_MAX)
		return 0;
	memcpy(&head, data, sizeof(head));
	p.len = (uint32_t)(size - sizeof(head));
	p.wire_len = p.len + head.missing;
	p.link = links[head.link % (sizeof(links) / sizeof(links[0]))];
	packet = malloc(p.len ? p.len : 1); /* of exact size, so that ASan detects a read past its end */
	if (!packet)
		return 0;
	memcpy(packet, data + sizeof(head), p.len);
	p.ctx = packet;
	for (i = 0; (inspector = inspector_at(i)); i++)
		inspect(inspector, &p);
	free(packet);
	return 0;
}
