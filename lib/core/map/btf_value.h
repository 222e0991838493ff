/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Writes values in memory by their BTF type: the seam to libbpf's BTF. */
#pragma once

#include "text.h"

struct btf;

/*
 * Writes a value of `type` from `size` bytes as JSON or in a short form of C, on one line without a newline. The output is valid for any
 * types: a part that exceeds the bytes, nests too deep or repeats without end becomes null ("..." in the short form).
 */
void btf_value_put(struct text *t, bool json, const struct btf *btf, uint32_t type, const void *value, size_t size);
