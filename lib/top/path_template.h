/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Texts of a row, from bytes that a client chose. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * These write at most `size` bytes with the terminator, printable ASCII only. A text that is longer, or of which the event has not all
 * (`cut`), ends in "...".
 */
void put_plain_text(char *to, size_t size, const char *bytes, size_t n, bool cut);

/* A Host: in lower case and without user and password. */
void put_host(char *to, size_t size, const char *bytes, size_t n, bool cut);

/*
 * The path of a request target with "{id}" for its variable parts: numbers, UUIDs, hexadecimal numbers of 8 digits or more, tokens of 20
 * letters and digits or more. Adjacent ones become one. Scheme, authority, query and fragment are left out. It is "" for a target
 * without a path.
 */
void put_path_template(char *to, size_t size, const char *target, size_t n, bool cut);
