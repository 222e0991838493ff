/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The Huffman code of HPACK (RFC 7541 5.2 and appendix B). */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The longest text that `size` bytes can hold: the shortest code has five bits. */
#define HPACK_HUFFMAN_MAX(size) ((size)*8 / 5)

/* Writes at most HPACK_HUFFMAN_MAX(size) bytes. Returns the length of the text, or -1 if the code or its padding is wrong. */
ssize_t hpack_huffman_decode(char *to, const uint8_t *bytes, size_t size);
