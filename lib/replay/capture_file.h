/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A capture, as the two format readers see it. */
#pragma once

#include <string.h>

#include "capture.h"
#include "input.h"

enum {
	PACKET_MAX = 1 << 20, /* above any real packet: IPv4 and IPv6 end at 64 KiB, GRO and GSO packets at 512 KiB */
};

struct capture {
	struct input in;
	bool swapped; /* the file's byte order differs from this machine's */
	void *format; /* the format reader's state */
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

/* Return 1 if the file has this format and is now open, 0 if it has another, or negative errno. */
int pcap_reader_open(struct capture *c);
int pcapng_reader_open(struct capture *c);

/* Sets the error "is corrupt at byte N: ..." and returns -EBADMSG. */
int capture_bad(struct capture *c, uint64_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sets the error for a failed read. Returns `err`. */
int capture_unreadable(struct capture *c, int err);

/* Sets the error for an input that ended inside a record: the file is cut off, or a read failed. */
int capture_cut(struct capture *c, uint64_t offset, const char *what);

/* Maps a file's link type to the one that inspectors know. -EPROTONOSUPPORT: unsupported. */
int capture_link(struct capture *c, uint32_t linktype, uint16_t *link);
