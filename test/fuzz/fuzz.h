/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Shared by the fuzz targets. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Precedes the packet in inputs of the target `parse`. */
struct fuzz_head {
	uint8_t link;    /* which link type */
	uint8_t missing; /* bytes that the wire carried and the capture does not hold */
};

/* Precedes the bytes in inputs of the target `http`. */
enum { FUZZ_CUTS = 7, FUZZ_TURN = 0xff /* no byte of HTTP */ };
enum { FUZZ_SERVER_FIRST = 1, FUZZ_TWICE = 2 /* each segment */, FUZZ_EVERYWHERE = 4 /* a byte a segment */ };

struct fuzz_cuts {
	uint16_t flags;
	uint16_t at[FUZZ_CUTS]; /* before which bytes a segment ends */
};

/* libFuzzer's entry point; AFL++ supports it, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory with these bytes; its path is valid until the next call. NULL without memory. */
const char *fuzz_file(const uint8_t *data, size_t size);
