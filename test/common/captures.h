/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The captures for tests: ours in the source tree, and those of other projects below $EBPFI_CORPUS, if set. $EBPFI_CAPTURES
 * limits their number, for slow machines.
 */
#pragma once

#include <stddef.h>

/* Finds the captures. Skips the test program if there are none; prints a note if only ours exist. Call it in main. */
void captures_require(void);

/* By position; NULL past the last. */
const char *capture_at(size_t index);
