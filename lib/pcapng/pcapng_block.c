/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "pcapng_block.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <ebpfinspect/version.h>

#include "pcapng_cooked.h"
#include "pcapng_format.h"

enum {
	VERDICT_TC = 1,
	VERDICT_XDP = 2,
	NANOSECONDS = 9, /* 10^-9 s */
};

static void put(struct pcapng_block *b, const void *from, size_t n)
{
	memcpy(b->bytes + b->size, from, n);
	b->size += n;
}

static void put16(struct pcapng_block *b, uint16_t n)
{
	put(b, &n, sizeof(n));
}

static void put32(struct pcapng_block *b, uint32_t n)
{
	put(b, &n, sizeof(n));
}

static void pad_block(struct pcapng_block *b)
{
	static const uint8_t zeros[3];

	put(b, zeros, -b->size & 3);
}

static void put_option(struct pcapng_block *b, uint16_t code, const void *value, size_t n)
{
	put16(b, code);
	put16(b, (uint16_t)n);
	put(b, value, n);
	pad_block(b);
}

static void put_text(struct pcapng_block *b, uint16_t code, const char *text)
{
	size_t n = strlen(text);

	if (n)
		put_option(b, code, text, n < PCAPNG_TEXT_MAX ? n : PCAPNG_TEXT_MAX);
}

static void begin_block(struct pcapng_block *b, uint32_t type)
{
	b->size = 0;
	put32(b, type);
	put32(b, 0);
}

/* A block begins and ends with its length. */
static void end_block(struct pcapng_block *b)
{
	uint32_t size = (uint32_t)b->size + 4;

	put32(b, size);
	memcpy(b->bytes + 4, &size, sizeof(size));
}

static void end_options(struct pcapng_block *b)
{
	put32(b, PCAPNG_OPTION_END);
	end_block(b);
}

/* The section's length is unknown until it ends: all ones. */
void pcapng_section(struct pcapng_block *b)
{
	struct utsname system = { .sysname = "" };
	char os[sizeof(system.sysname) + sizeof(system.release) + 2];

	uname(&system);
	snprintf(os, sizeof(os), "%s %s", system.sysname, system.release);
	begin_block(b, PCAPNG_SECTION);
	put32(b, PCAPNG_ORDER_MARK);
	put16(b, 1);
	put16(b, 0);
	put32(b, UINT32_MAX);
	put32(b, UINT32_MAX);
	put_text(b, PCAPNG_SECTION_OS, os);
	put_text(b, PCAPNG_SECTION_APPLICATION, "libebpfinspect " EBPFI_VERSION);
	end_options(b);
}

void pcapng_interface(struct pcapng_block *b, const char *name, uint16_t link, uint32_t snaplen)
{
	const uint8_t resolution = NANOSECONDS;

	begin_block(b, PCAPNG_INTERFACE);
	put16(b, link);
	put16(b, 0);
	put32(b, snaplen);
	put_text(b, PCAPNG_INTERFACE_NAME, name);
	put_option(b, PCAPNG_INTERFACE_RESOLUTION, &resolution, sizeof(resolution));
	end_options(b);
}

static void put_time(struct pcapng_block *b, uint64_t time_ns)
{
	put32(b, (uint32_t)(time_ns >> 32));
	put32(b, (uint32_t)time_ns);
}

void pcapng_statistics(struct pcapng_block *b, uint32_t id, uint64_t time_ns, uint64_t delivered, uint64_t dropped)
{
	begin_block(b, PCAPNG_STATISTICS);
	put32(b, id);
	put_time(b, time_ns);
	put_option(b, PCAPNG_STATISTICS_DELIVERED, &delivered, sizeof(delivered));
	if (dropped)
		put_option(b, PCAPNG_STATISTICS_OS_DROP, &dropped, sizeof(dropped));
	end_options(b);
}

/* The kind of program, then its return value in 64 bits. */
static void put_verdict(struct pcapng_block *b, const struct ebpfi_event *event)
{
	static const int64_t xdp[] = { XDP_PASS, XDP_DROP, XDP_REDIRECT };
	static const int64_t tc[] = { TC_ACT_UNSPEC, TC_ACT_SHOT, TC_ACT_REDIRECT };
	int known = event->verdict <= EBPFI_VERDICT_REDIRECT ? event->verdict : EBPFI_VERDICT_PASS;
	int64_t value = event->hook == EBPFI_HOOK_XDP ? xdp[known] : tc[known];
	uint8_t verdict[1 + sizeof(value)] = { event->hook == EBPFI_HOOK_XDP ? VERDICT_XDP : VERDICT_TC };

	if (event->hook != EBPFI_HOOK_XDP && event->hook != EBPFI_HOOK_TC && event->hook != EBPFI_HOOK_TC_EGRESS)
		return;
	memcpy(verdict + 1, &value, sizeof(value));
	put_option(b, PCAPNG_PACKET_VERDICT, verdict, sizeof(verdict));
}

/* The lowest two bits of the flags are the direction, with the values of enum ebpfi_direction. */
static void put_packet_options(struct pcapng_block *b, const struct ebpfi_event *event, const struct pcapng_note *note)
{
	uint32_t flags = event->direction & 3;

	if (flags)
		put_option(b, PCAPNG_PACKET_FLAGS, &flags, sizeof(flags));
	if (note->dropped)
		put_option(b, PCAPNG_PACKET_DROPCOUNT, &note->dropped, sizeof(note->dropped));
	put_verdict(b, event);
	put_text(b, PCAPNG_OPTION_COMMENT, note->comment);
}

static void put_data(struct pcapng_block *b, const struct ebpfi_packet *packet)
{
	uint32_t caplen = packet->data_len < PCAPNG_DATA_MAX ? packet->data_len : PCAPNG_DATA_MAX;

	put32(b, caplen);
	put32(b, packet->packet_len);
	if (caplen)
		put(b, ebpfi_packet_data(packet), caplen);
}

static void put_cooked(struct pcapng_block *b, const struct ebpfi_packet *packet)
{
	struct cooked cooked;
	uint32_t len;

	pcapng_cook(packet, &cooked);
	len = cooked.len < PCAPNG_DATA_MAX - COOKED_HEADER ? cooked.len : PCAPNG_DATA_MAX - COOKED_HEADER;
	put32(b, COOKED_HEADER + len);
	put32(b, cooked.wire_len);
	put(b, cooked.header, COOKED_HEADER);
	if (len)
		put(b, cooked.data, len);
}

void pcapng_packet(struct pcapng_block *b, const struct ebpfi_packet *packet, const struct pcapng_note *note)
{
	size_t fixed;

	begin_block(b, PCAPNG_PACKET);
	put32(b, note->id);
	put_time(b, packet->event.time_ns);
	if (note->cooked)
		put_cooked(b, packet);
	else
		put_data(b, packet);
	pad_block(b);
	fixed = b->size;
	put_packet_options(b, &packet->event, note);
	if (b->size > fixed)
		end_options(b);
	else
		end_block(b);
}
