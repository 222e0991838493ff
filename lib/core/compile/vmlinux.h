/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * vmlinux.h, the running kernel's types, for a source that includes it without bringing one. A placeholder is in the directory that clang
 * searches last. The real header is made only if the preprocessed text contains the placeholder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ebpfi;

/* Makes the directory and the placeholder in it. Negative errno. */
int vmlinux_reserve(const char *dir, const char *path);

/* Whether the placeholder is in this preprocessed text. */
bool vmlinux_is_wanted(const char *text, size_t size);

/* Writes the types of the running kernel's BTF in place of the placeholder. Negative errno, with the session's error set. */
int vmlinux_write(struct ebpfi *s, const char *name, const char *path);
