/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* UTF-8 (RFC 3629): shortest form, without surrogates, up to U+10FFFF. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at the start of `n` bytes, and the character; 0 if they do not begin with a valid one. */
size_t utf8_next(const char *bytes, size_t n, uint32_t *character);

bool utf8_is_valid(const char *bytes, size_t n);

/* How many bytes are left without a character at the end that was cut. */
size_t utf8_without_cut(const char *bytes, size_t n);
