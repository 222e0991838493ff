/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A capture file, a packet at a time: pcap and pcapng, plain or compressed, from a file or a pipe. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct capture;

struct frame {
	const uint8_t *data;    /* valid until the next packet */
	uint32_t len, wire_len; /* bytes there are, bytes there were */
	uint64_t time_ns;       /* since 1970 */
	uint64_t offset;        /* of the record in the unpacked file */
	const char *interface;  /* its name, valid as long as the capture; NULL where the file tells none */
	uint16_t link;          /* LINKTYPE_; LINK_OTHER: one that inspectors do not know, which capture_why() names */
	uint8_t direction;      /* enum ebpfi_direction */
};

/*
 * Opens a file, "-" for standard input. While it waits for a pipe, it gives up with -ECANCELED once `break_fd` is readable (-1:
 * never). NULL with the reason in `why`, which completes a sentence that begins with the path, and a negative errno in `err`.
 */
struct capture *capture_open(const char *path, int break_fd, int *err, char *why, size_t size);
void capture_close(struct capture *capture);

/* 1 with a packet, 0 at the end, or negative errno: see capture_why(). */
int capture_next(struct capture *capture, struct frame *frame);
const char *capture_why(const struct capture *capture);

/* Bytes of the file read so far, as it is stored; and all there are, 0 where that is not known. */
uint64_t capture_bytes(const struct capture *capture);
uint64_t capture_total(const struct capture *capture);
