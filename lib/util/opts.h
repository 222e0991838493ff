/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Options structures that know their size. */
#pragma once

#include <stddef.h>

/*
 * Copies a caller's options into ours, whichever of the two was compiled with the longer structure; NULL gives all zeros.
 * -EINVAL: no size. -E2BIG: the caller sets something that this library does not know.
 */
int opts_read(void *ours, size_t our_size, const void *theirs);

/* Writes as much of a result as the caller's structure has room for; its size stays as it is. -EINVAL: no size. */
int opts_write(void *theirs, const void *ours, size_t our_size);
