/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What the fuzz targets share. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* In front of a packet that is the input of the target `parse`. */
struct fuzz_head {
	uint8_t link;    /* which link type */
	uint8_t missing; /* bytes that the wire carried and the capture does not hold */
};

/* libFuzzer's name; AFL++ knows it, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory with these bytes; its path is valid until the next call. NULL without memory. */
const char *fuzz_file(const uint8_t *data, size_t size);
