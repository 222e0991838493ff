/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <ebpfinspect/event.h>

#include "capture_file.h"
#include "link_type.h"

enum { SLL_OUTGOING = 4 };

static int open_format(struct capture *c)
{
	int known = pcap_reader_open(c);

	if (!known)
		known = pcapng_reader_open(c);
	if (known)
		return known < 0 ? known : 0;
	if (c->in.error)
		return capture_unreadable(c, c->in.error);
	snprintf(c->why, sizeof(c->why),
		 c->in.at == c->in.end ? "is empty: not a capture"
				       : "is not a capture: it has neither a pcap nor a pcapng header");
	return -EBADMSG;
}

struct capture *capture_open(const char *path, int break_fd, int *err, char *why, size_t size)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c) {
		snprintf(why, size, "cannot be read: out of memory");
		*err = -ENOMEM;
		return NULL;
	}
	*err = input_open(&c->in, path, break_fd, why, size);
	if (*err) {
		free(c);
		return NULL;
	}
	*err = open_format(c);
	if (!*err)
		return c;
	snprintf(why, size, "%s", *c->why ? c->why : "cannot be read: out of memory");
	capture_close(c);
	return NULL;
}

void capture_close(struct capture *c)
{
	if (c->close)
		c->close(c);
	input_close(&c->in);
	free(c);
}

/* Cooked packets carry their direction: byte 1 in SLL, byte 10 in SLL2. */
static void set_direction(struct frame *frame)
{
	uint32_t at = frame->link == LINK_LINUX_SLL ? 1 : 10;

	if (frame->direction || frame->len <= at || (frame->link != LINK_LINUX_SLL && frame->link != LINK_LINUX_SLL2))
		return;
	frame->direction = frame->data[at] == SLL_OUTGOING ? EBPFI_DIRECTION_EGRESS : EBPFI_DIRECTION_INGRESS;
}

/* If the captured length exceeds the wire length, one is wrong: use the shorter. */
int capture_next(struct capture *c, struct frame *frame)
{
	int got;

	frame->interface = NULL;
	frame->direction = EBPFI_DIRECTION_UNKNOWN;
	got = c->next(c, frame);
	if (got <= 0)
		return got;
	if (frame->len > frame->wire_len)
		frame->len = frame->wire_len;
	set_direction(frame);
	return 1;
}

const char *capture_why(const struct capture *c)
{
	return c->why;
}

uint64_t capture_bytes(const struct capture *c)
{
	return c->in.codec ? c->in.raw.bytes : input_offset(&c->in);
}

uint64_t capture_total(const struct capture *c)
{
	return c->in.raw.total;
}
