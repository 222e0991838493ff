/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#include "native_run.h"
#include "runner.h"

enum { RING = 128 << 10 };

extern const struct native_inspector native_packet;

static void take(void *ctx, const void *record, size_t size)
{
	const struct ebpfi_packet *packet = record;
	struct decoded *to = ctx;

	ck_assert_uint_ge(size, packet->event.len);
	ck_assert_uint_eq(packet->event.len, sizeof(*packet) + packet->data_len);
	to->packet = *packet;
	if (packet->data_len)
		memcpy(to->data, ebpfi_packet_data(packet), packet->data_len);
}

void decode(const struct frame *frame, const struct capturing *how, struct decoded *to)
{
	size_t wire_len = frame->size - how->lost, len = wire_len - how->cut;
	struct native_run *run = native_run_new(&native_packet, RING, take, to);
	unsigned char *copy = malloc(len);
	struct pkt p = { .ctx = copy, .len = (uint32_t)len, .wire_len = (uint32_t)wire_len, .link = frame->link };

	p.vlan_proto = how->proto;
	p.vlan_tci = how->tci;
	p.segments = how->super_packets ? how->super_packets : 1;
	memcpy(copy, frame->bytes, len);
	memset(to, 0xee, sizeof(*to));
	ck_assert_int_eq(native_run_set(run, "snaplen", &how->snaplen, sizeof(how->snaplen)), 0);
	native_run_enter(run);
	ck_assert_int_eq(native_run_packet(run, &p, 1), EBPFI_VERDICT_PASS);
	native_run_leave(run);
	ck_assert_int_eq(to->packet.event.kind, EBPFI_EVENT_PACKET);
	native_run_free(run);
	free(copy);
}
