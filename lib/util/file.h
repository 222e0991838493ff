/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Whole files. */
#pragma once

#include <stddef.h>

/* Reads a file of at most `max` bytes, else -EFBIG. The caller frees *bytes, which is zero-terminated. Negative errno. */
int file_read(const char *path, size_t max, char **bytes, size_t *size);

/* As file_read(), from an open descriptor. */
int file_read_fd(int fd, size_t max, char **bytes, size_t *size);

/* Creates a file with mode 0600. Fails if it exists. Negative errno. */
int file_write(const char *path, const void *bytes, size_t size);

/* Writes all bytes. Negative errno. */
int file_write_fd(int fd, const void *bytes, size_t size);
