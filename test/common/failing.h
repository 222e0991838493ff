/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The n-th allocation fails, for every n: nothing crashes, nothing leaks, and the error is told. The linker puts the functions
 * here in place of malloc and its kin, for the library's own calls.
 */
#pragma once

#include <stdbool.h>

/*
 * Runs a scenario, which returns its first error, once as it is and once with each of its allocations failing; there have to be more
 * than so many of them.
 */
void failing_every(int (*scenario)(void), long at_least);

/* What the session says about the error, from inside a scenario. */
void failing_note(const char *errmsg);

/* From inside a scenario: nothing that should be there is missing, so a failure need not be told. */
void failing_harmless(bool is);
