/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Whole files. */
#pragma once

#include <stddef.h>

/* Reads a file of at most `max` bytes, -EFBIG beyond; the caller frees *bytes, which has a zero behind its end. Negative errno. */
int file_read(const char *path, size_t max, char **bytes, size_t *size);

/* The same of a descriptor that is open. */
int file_read_fd(int fd, size_t max, char **bytes, size_t *size);

/* Makes a file, readable for its owner, which must not be there yet. Negative errno. */
int file_write(const char *path, const void *bytes, size_t size);

/* Writes all of it. Negative errno. */
int file_write_fd(int fd, const void *bytes, size_t size);
