/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A capture as its two formats see it. */
#pragma once

#include <string.h>

#include "capture.h"
#include "input.h"

enum {
	PACKET_MAX = 1 << 20, /* no interface has a larger packet: IPv4 and IPv6 end at 64 KiB, super-packets at 512 KiB */
};

struct capture {
	struct input in;
	bool swapped; /* the file's byte order is not this machine's */
	void *format; /* what the format keeps */
	int (*next)(struct capture *c, struct frame *frame);
	void (*close)(struct capture *c);
	uint64_t packets;
	char why[256];
};

static inline uint16_t get16(const struct capture *c, const uint8_t *at)
{
	uint16_t n;

	memcpy(&n, at, sizeof(n));
	return c->swapped ? __builtin_bswap16(n) : n;
}

static inline uint32_t get32(const struct capture *c, const uint8_t *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return c->swapped ? __builtin_bswap32(n) : n;
}

/* Each format: 1 when the bytes begin one of its files, which is then open; 0 when not; negative errno. */
int pcap_reader_open(struct capture *c);
int pcapng_reader_open(struct capture *c);

/* Notes what is wrong at a byte of the file, as "at byte N: ...", and returns -EBADMSG. */
int capture_bad(struct capture *c, uint64_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The input cannot be read further. Returns `err`. */
int capture_unreadable(struct capture *c, int err);

/* The input ended before a record did: the file is cut, or could not be read further. */
int capture_cut(struct capture *c, uint64_t offset, const char *what);

/* -EPROTONOSUPPORT for a link layer that inspectors do not know, 0 with the one they know it by. */
int capture_link(struct capture *c, uint32_t linktype, uint16_t *link);
