/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Option structs that begin with their size. */
#pragma once

#include <stddef.h>

/*
 * Copies a caller's options into ours. The caller's struct may be shorter or longer; NULL gives all zeros.
 * -EINVAL: no size. -E2BIG: the caller sets a member that this library does not know.
 */
int opts_read(void *ours, size_t our_size, const void *theirs);

/* Writes as much of a result as fits the caller's struct and keeps its size. -EINVAL: no size. */
int opts_write(void *theirs, const void *ours, size_t our_size);
