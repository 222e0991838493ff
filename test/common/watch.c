/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "runner.h"

static enum place place_of(const struct ebpfi_event *event)
{
	return event->hook == EBPFI_HOOK_SOCKET && event->direction == EBPFI_DIRECTION_EGRESS ? AT_SOCKET_OUT
											      : (enum place)event->hook;
}

static int keep(void *ctx, const struct ebpfi_event *event)
{
	const struct ebpfi_packet *packet = (const struct ebpfi_packet *)event;
	enum place place = place_of(event);
	struct watch *w = ctx;

	ck_assert_uint_eq(event->len, sizeof(*packet) + packet->data_len);
	w->events++;
	w->count[place]++;
	w->payload[place] += packet->payload_len;
	if (packet->segments > 1)
		w->super[place] = *packet;
	w->at[place].packet = *packet;
	if (packet->data_len)
		memcpy(w->at[place].data, ebpfi_packet_data(packet), packet->data_len);
	return 0;
}

struct watch *watch_begin(uint32_t snaplen)
{
	struct ebpfi_load_opts opts = { .sz = sizeof(opts),
					.options = (struct ebpfi_option[]){ { "snaplen", snaplen }, { 0 } } };
	struct watch *w = calloc(1, sizeof(*w));

	w->session = ebpfi_new(keep, w, NULL);
	ck_assert_int_eq(ebpfi_load(w->session, "packet", &opts), 0);
	return w;
}

void watch_end(struct watch *w)
{
	ebpfi_free(w->session);
	free(w);
}

int watch_attach_mode(struct watch *w, const char *interface, enum ebpfi_hook hook, enum ebpfi_mode mode)
{
	struct ebpfi_attach_opts opts = { .sz = sizeof(opts), .hook = hook, .mode = mode };
	int link = ebpfi_attach(w->session, "packet", interface, &opts);

	ck_assert_msg(link > 0, "%d: %s", link, ebpfi_errmsg(w->session));
	return link;
}

int watch_attach(struct watch *w, const char *interface, enum ebpfi_hook hook)
{
	return watch_attach_mode(w, interface, hook, EBPFI_MODE_ANY);
}

void watch_wait(struct watch *w, int events)
{
	while (w->events < events && ebpfi_poll(w->session, 2000) > 0)
		;
}

void watch_reset(struct watch *w)
{
	w->events = 0;
	memset(w->count, 0, sizeof(w->count));
	memset(w->payload, 0, sizeof(w->payload));
}

static struct ebpfi_packet comparable(const struct ebpfi_packet *packet)
{
	struct ebpfi_packet p = *packet;

	p.event.hook = 0;
	p.event.direction = 0;
	p.event.time_ns = 0;
	p.event.ifindex = 0;
	p.flags &= ~EBPFI_PACKET_TAG_OFFLOADED;
	return p;
}

bool watch_same(const struct watch *w, enum place one, enum place other)
{
	struct ebpfi_packet a = comparable(&w->at[one].packet), b = comparable(&w->at[other].packet);

	return !memcmp(&a, &b, sizeof(a)) && !memcmp(w->at[one].data, w->at[other].data, a.data_len);
}
