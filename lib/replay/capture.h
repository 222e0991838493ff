/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A capture file, a packet at a time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct capture;

struct frame {
	const uint8_t *data;    /* valid until the next packet */
	uint32_t len, wire_len; /* bytes there are, bytes there were */
	uint64_t time_ns;       /* since 1970 */
	uint16_t link;          /* LINKTYPE_ */
};

/* Opens a file, "-" for standard input. NULL with the reason in `why` and a negative errno in `err`. */
struct capture *capture_open(const char *path, int *err, char *why, size_t size);
void capture_close(struct capture *capture);

/* 1 with a packet, 0 at the end, or negative errno with the reason in `why`. */
int capture_next(struct capture *capture, struct frame *frame, char *why, size_t size);
