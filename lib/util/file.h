/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Whole files. */
#pragma once

#include <stddef.h>

/* Reads a file of at most `max` bytes, -EFBIG beyond; the caller frees *bytes, which has a zero behind its end. Negative errno. */
int file_read(const char *path, size_t max, char **bytes, size_t *size);
