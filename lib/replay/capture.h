/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Reads a capture packet by packet: pcap and pcapng, plain or compressed, from a file or a pipe. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct capture;

struct frame {
	const uint8_t *data;    /* valid until the next packet */
	uint32_t len, wire_len; /* captured bytes, bytes on the wire */
	uint64_t time_ns;       /* since 1970 */
	uint64_t offset;        /* of the record in the unpacked file */
	const char *interface;  /* its name, valid as long as the capture; NULL if unknown */
	uint16_t link;          /* LINKTYPE_; LINK_OTHER: unsupported, capture_why() names it */
	uint8_t direction;      /* enum ebpfi_direction */
};

/*
 * Opens a file, "-" for standard input. Waiting for a pipe ends with -ECANCELED once `break_fd` is readable (-1: never).
 * On failure returns NULL, with a negative errno in `err` and the reason in `why`, worded to follow the path.
 */
struct capture *capture_open(const char *path, int break_fd, int *err, char *why, size_t size);
void capture_close(struct capture *capture);

/* 1 with a packet, 0 at the end, or negative errno: see capture_why(). */
int capture_next(struct capture *capture, struct frame *frame);
const char *capture_why(const struct capture *capture);

/* Stored (packed) bytes read so far, and the file's size, 0 if unknown. */
uint64_t capture_bytes(const struct capture *capture);
uint64_t capture_total(const struct capture *capture);
