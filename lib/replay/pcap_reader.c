/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* pcap (draft-ietf-opsawg-pcap), both byte orders, microseconds and nanoseconds, and the longer records of a patched libpcap. */
#include <errno.h>
#include <stdlib.h>

#include "capture_file.h"

enum {
	MAGIC_MICRO = 0xa1b2c3d4,
	MAGIC_NANO = 0xa1b23c4d,
	MAGIC_PATCHED = 0xa1b2cd34,
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	PATCHED_HEADER = 24,
	LINKTYPE_MASK = 0xffff, /* the other bits describe the frame check sequence */
};

struct pcap_file {
	uint32_t header; /* bytes of a record's header */
	uint32_t unit;   /* nanoseconds per unit of the timestamp's fraction */
	uint16_t link;
	uint16_t minor; /* before 2.3 the two lengths are swapped; in 2.3 sometimes */
};

static bool is_magic(uint32_t magic)
{
	return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_PATCHED;
}

static bool is_swapped_order(const struct pcap_file *f, uint32_t caplen, uint32_t len)
{
	return f->minor < 3 || (f->minor == 3 && caplen > len);
}

static int pcap_next(struct capture *c, struct frame *frame)
{
	const struct pcap_file *f = c->format;
	uint64_t offset = input_offset(&c->in);
	const uint8_t *at = input_peek(&c->in, f->header);
	uint32_t caplen, len;

	if (!at)
		return c->in.at == c->in.end && !c->in.error ? 0 : capture_cut(c, offset, "a packet's header");
	caplen = get32(c, at + 8);
	len = get32(c, at + 12);
	if (is_swapped_order(f, caplen, len)) {
		len = caplen;
		caplen = get32(c, at + 12);
	}
	if (caplen > PACKET_MAX)
		return capture_bad(c, offset, "a packet of %u bytes exceeds the limit of 1 MiB", caplen);
	frame->time_ns = get32(c, at) * 1000000000ULL + (uint64_t)get32(c, at + 4) * f->unit;
	at = input_peek(&c->in, f->header + caplen);
	if (!at)
		return capture_cut(c, offset, "a packet");
	frame->data = at + f->header;
	frame->len = caplen;
	frame->wire_len = len;
	frame->offset = offset;
	frame->link = f->link;
	input_take(&c->in, f->header + caplen);
	return 1;
}

static void pcap_close(struct capture *c)
{
	free(c->format);
}

static int read_header(struct capture *c, struct pcap_file *f, const uint8_t *at)
{
	uint32_t magic = get32(c, at);

	if (get16(c, at + 4) != 2)
		return capture_bad(c, 4, "version %u.%u of the pcap format is not supported", get16(c, at + 4),
				   get16(c, at + 6));
	f->minor = get16(c, at + 6);
	f->unit = magic == MAGIC_NANO ? 1 : 1000;
	f->header = magic == MAGIC_PATCHED ? PATCHED_HEADER : RECORD_HEADER;
	return capture_link(c, get32(c, at + 20) & LINKTYPE_MASK, &f->link);
}

int pcap_reader_open(struct capture *c)
{
	const uint8_t *at = input_peek(&c->in, 4);
	struct pcap_file *f;
	int err;

	if (!at)
		return 0;
	c->swapped = !is_magic(get32(c, at));
	if (!is_magic(get32(c, at))) {
		c->swapped = false;
		return 0;
	}
	at = input_peek(&c->in, FILE_HEADER);
	if (!at)
		return capture_cut(c, 0, "the file header");
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	c->format = f;
	c->next = pcap_next;
	c->close = pcap_close;
	err = read_header(c, f, at);
	input_take(&c->in, FILE_HEADER);
	return err ? err : 1;
}
