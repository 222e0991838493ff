/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* pcapng (draft-ietf-opsawg-pcapng): sections with their own byte order, interfaces, and three kinds of packet blocks. */
#include <errno.h>
#include <stdlib.h>

#include <ebpfinspect/event.h>

#include "capture_file.h"
#include "link_type.h"
#include "pcapng_format.h"
#include "pcapng_time.h"

enum {
	INTERFACES_MAX = 65536, /* the old packet block has a 16-bit number; also bounds the memory */
	NAME_MAX_BYTES = 64,
};

struct interface {
	char name[NAME_MAX_BYTES]; /* "": unknown */
	struct pcapng_time time;
	uint32_t linktype, snaplen;
};

struct pcapng_file {
	struct interface *interfaces;
	uint32_t count, room;
	uint64_t last_ns; /* for simple packets, which have no timestamp */
};

struct block {
	uint64_t offset;
	uint32_t type, len;
	const uint8_t *body;
	uint32_t size; /* of the body */
};

struct option {
	uint16_t code, len;
	const uint8_t *value;
};

/* Returns 1 with the option at `*from`, 0 after the last, or negative errno. */
static int next_option(struct capture *c, const struct block *b, uint32_t *from, struct option *o)
{
	uint32_t padded;

	if (*from > b->size || b->size - *from < 4)
		return 0;
	o->code = get16(c, b->body + *from);
	o->len = get16(c, b->body + *from + 2);
	o->value = b->body + *from + 4;
	padded = (o->len + 3U) & ~3U;
	if (o->code == PCAPNG_OPTION_END)
		return 0;
	if (padded > b->size - *from - 4)
		return capture_bad(c, b->offset, "option %u has %u bytes and ends after its block", o->code, o->len);
	*from += 4 + padded;
	return 1;
}

static int read_section(struct capture *c, const struct block *b)
{
	struct pcapng_file *f = c->format;

	if (b->size < 16)
		return capture_bad(c, b->offset, "a section header of %u bytes is too short", b->len);
	if (get16(c, b->body + 4) != 1)
		return capture_bad(c, b->offset, "version %u.%u of the pcapng format is not supported", get16(c, b->body + 4),
				   get16(c, b->body + 6));
	f->count = 0;
	return 0;
}

/* Names are printed to terminals and logs: replace control characters. */
static void set_name(struct interface *to, const struct option *o)
{
	uint16_t i;

	for (i = 0; i < o->len && i < sizeof(to->name) - 1 && o->value[i]; i++)
		to->name[i] = o->value[i] < ' ' || o->value[i] == 0x7f ? '?' : (char)o->value[i];
	to->name[i] = '\0';
}

static int64_t get_offset(const struct capture *c, const uint8_t *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof(n));
	return (int64_t)(c->swapped ? __builtin_bswap64(n) : n);
}

static void use_interface_option(struct capture *c, struct interface *to, const struct option *o)
{
	if (o->code == PCAPNG_INTERFACE_NAME)
		set_name(to, o);
	else if (o->code == PCAPNG_INTERFACE_RESOLUTION && o->len == 1)
		pcapng_time_set(&to->time, *o->value);
	else if (o->code == PCAPNG_INTERFACE_OFFSET && o->len == 8)
		to->time.offset_s = get_offset(c, o->value);
}

static int read_interface_options(struct capture *c, const struct block *b, struct interface *to)
{
	struct option o;
	uint32_t from = 8;
	int more;

	while ((more = next_option(c, b, &from, &o)) > 0)
		use_interface_option(c, to, &o);
	return more;
}

static struct interface *add_interface(struct pcapng_file *f)
{
	uint32_t room = f->room ? f->room * 2 : 4;
	struct interface *more;

	if (f->count == f->room) {
		more = realloc(f->interfaces, room * sizeof(*more));
		if (!more)
			return NULL;
		f->interfaces = more;
		f->room = room;
	}
	return &f->interfaces[f->count++];
}

static int read_interface(struct capture *c, const struct block *b)
{
	struct pcapng_file *f = c->format;
	struct interface *to;

	if (b->size < 8)
		return capture_bad(c, b->offset, "an interface description of %u bytes is too short", b->len);
	if (f->count == INTERFACES_MAX)
		return capture_bad(c, b->offset, "a section with more than %d interfaces", INTERFACES_MAX);
	to = add_interface(f);
	if (!to)
		return capture_bad(c, b->offset, "no memory for interface %u", f->count), -ENOMEM;
	*to = (struct interface){ .linktype = get16(c, b->body), .snaplen = get32(c, b->body + 4) };
	pcapng_time_set(&to->time, 6);
	return read_interface_options(c, b, to);
}

static int use_interface(struct capture *c, const struct block *b, uint32_t id, struct frame *frame)
{
	const struct pcapng_file *f = c->format;
	const struct interface *from;

	if (id >= f->count)
		return capture_bad(c, b->offset, "a packet of interface %u in a section with %u interfaces", id, f->count);
	from = &f->interfaces[id];
	frame->interface = *from->name ? from->name : NULL;
	if (capture_link(c, from->linktype, &frame->link))
		frame->link = LINK_OTHER;
	return 0;
}

/* The direction is in the lowest two bits, with the values of enum ebpfi_direction. */
static int read_packet_options(struct capture *c, const struct block *b, uint32_t from, struct frame *frame)
{
	struct option o;
	int more;

	while ((more = next_option(c, b, &from, &o)) > 0)
		if (o.code == PCAPNG_PACKET_FLAGS && o.len == 4)
			frame->direction = get32(c, o.value) & 3;
	if (frame->direction > EBPFI_DIRECTION_EGRESS)
		frame->direction = EBPFI_DIRECTION_UNKNOWN;
	return more < 0 ? more : 1;
}

static int set_data(struct capture *c, const struct block *b, uint32_t at, uint32_t caplen, struct frame *frame)
{
	if (caplen > PACKET_MAX)
		return capture_bad(c, b->offset, "a packet of %u bytes exceeds the limit of 1 MiB", caplen);
	if (caplen > b->size - at)
		return capture_bad(c, b->offset, "a packet of %u bytes in a block of %u", caplen, b->len);
	frame->data = b->body + at;
	frame->len = caplen;
	frame->offset = b->offset;
	return 0;
}

/* Enhanced and obsolete packet blocks differ only in the interface number, which the caller reads. */
static int read_packet(struct capture *c, const struct block *b, uint32_t id, struct frame *frame)
{
	struct pcapng_file *f = c->format;
	uint32_t caplen;
	int err;

	if (b->size < 20)
		return capture_bad(c, b->offset, "a packet block of %u bytes is too short", b->len);
	caplen = get32(c, b->body + 12);
	err = use_interface(c, b, id, frame);
	if (!err)
		err = set_data(c, b, 20, caplen, frame);
	if (err)
		return err;
	frame->wire_len = get32(c, b->body + 16);
	frame->time_ns = pcapng_time_ns(&f->interfaces[id].time, (uint64_t)get32(c, b->body + 4) << 32 | get32(c, b->body + 8));
	f->last_ns = frame->time_ns;
	return read_packet_options(c, b, 20 + ((caplen + 3) & ~3U), frame);
}

static int read_simple_packet(struct capture *c, const struct block *b, struct frame *frame)
{
	struct pcapng_file *f = c->format;
	uint32_t caplen;
	int err;

	if (b->size < 4)
		return capture_bad(c, b->offset, "a packet block of %u bytes is too short", b->len);
	err = use_interface(c, b, 0, frame);
	if (err)
		return err;
	frame->wire_len = get32(c, b->body);
	frame->time_ns = f->last_ns;
	caplen = frame->wire_len < b->size - 4 ? frame->wire_len : b->size - 4;
	if (f->interfaces[0].snaplen && caplen > f->interfaces[0].snaplen)
		caplen = f->interfaces[0].snaplen;
	err = set_data(c, b, 4, caplen, frame);
	return err ? err : 1;
}

static int read_block(struct capture *c, const struct block *b, struct frame *frame)
{
	switch (b->type) {
	case PCAPNG_SECTION:
		return read_section(c, b);
	case PCAPNG_INTERFACE:
		return read_interface(c, b);
	case PCAPNG_OLD_PACKET:
		return read_packet(c, b, b->size < 2 ? 0 : get16(c, b->body), frame);
	case PCAPNG_SIMPLE_PACKET:
		return read_simple_packet(c, b, frame);
	}
	return read_packet(c, b, b->size < 4 ? 0 : get32(c, b->body), frame);
}

static bool is_known(uint32_t type)
{
	return type == PCAPNG_SECTION || type == PCAPNG_INTERFACE || type == PCAPNG_OLD_PACKET ||
	       type == PCAPNG_SIMPLE_PACKET || type == PCAPNG_PACKET;
}

/* A block begins and ends with its length. */
static int check_end(struct capture *c, const struct block *b, const uint8_t *end)
{
	if (!end)
		return capture_cut(c, b->offset, "a block");
	if (get32(c, end) == b->len)
		return 0;
	return capture_bad(c, b->offset, "a block of %u bytes has length %u at its end", b->len, get32(c, end));
}

static int skip_block(struct capture *c, const struct block *b)
{
	int err = input_skip(&c->in, b->len - 4) ? 0 : capture_cut(c, b->offset, "a block");

	if (!err)
		err = check_end(c, b, input_peek(&c->in, 4));
	if (!err)
		input_take(&c->in, 4);
	return err;
}

static int handle_block(struct capture *c, struct block *b, struct frame *frame)
{
	const uint8_t *at;
	int err;

	if (!is_known(b->type))
		return skip_block(c, b);
	if (b->len > INPUT_MAX)
		return capture_bad(c, b->offset, "a block of %u bytes is too long", b->len);
	at = input_peek(&c->in, b->len);
	err = check_end(c, b, at ? at + b->len - 4 : NULL);
	if (err)
		return err;
	b->body = at + PCAPNG_BLOCK_HEAD;
	b->size = b->len - PCAPNG_BLOCK_FRAME;
	input_take(&c->in, b->len);
	return read_block(c, b, frame);
}

/* A section header defines its byte order; its type is a palindrome and reads the same in both. */
static int begin_block(struct capture *c, struct block *b, const uint8_t *at)
{
	b->type = get32(c, at);
	if (b->type == PCAPNG_SECTION) {
		c->swapped = false;
		c->swapped = get32(c, at + PCAPNG_BLOCK_HEAD) != PCAPNG_ORDER_MARK;
		if (get32(c, at + PCAPNG_BLOCK_HEAD) != PCAPNG_ORDER_MARK)
			return capture_bad(c, b->offset, "a section header without a byte-order mark");
	}
	b->len = get32(c, at + 4);
	if (b->len < PCAPNG_BLOCK_FRAME || b->len % 4)
		return capture_bad(c, b->offset, "a block of type %u has the impossible length %u", b->type, b->len);
	return 0;
}

static int pcapng_next(struct capture *c, struct frame *frame)
{
	struct block b;
	const uint8_t *at;
	int got = 0;

	while (!got) {
		b.offset = input_offset(&c->in);
		at = input_peek(&c->in, PCAPNG_BLOCK_FRAME);
		if (!at)
			return c->in.at == c->in.end && !c->in.error ? 0 : capture_cut(c, b.offset, "a block");
		got = begin_block(c, &b, at);
		if (!got)
			got = handle_block(c, &b, frame);
	}
	return got;
}

static void pcapng_close(struct capture *c)
{
	struct pcapng_file *f = c->format;

	free(f->interfaces);
	free(f);
}

int pcapng_reader_open(struct capture *c)
{
	const uint8_t *at = input_peek(&c->in, 4);

	if (!at || get32(c, at) != PCAPNG_SECTION)
		return 0;
	c->format = calloc(1, sizeof(struct pcapng_file));
	if (!c->format)
		return -ENOMEM;
	c->next = pcapng_next;
	c->close = pcapng_close;
	return 1;
}
