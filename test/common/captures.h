/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The captures that tests run over: ours, in the source tree, and those that other projects made, below $EBPFI_CORPUS if that
 * is set; $EBPFI_CAPTURES of them at most, for slow machines.
 */
#pragma once

#include <stddef.h>

/* Finds them; skips the whole program where there is none, and says so where only ours are there. Call it in main. */
void captures_require(void);

/* By position; NULL past the last. */
const char *capture_at(size_t index);
