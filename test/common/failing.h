/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * For every n, the n-th allocation fails: no crash, no leak, and the error is reported. The linker redirects the library's calls
 * of malloc() and similar functions to these.
 */
#pragma once

#include <stdbool.h>

/*
 * Runs a scenario, which returns its first error, without failures and then with each of its allocations failing. It must have more
 * than the given number of allocations.
 */
void failing_every(int (*scenario)(void), long at_least);

/* Call inside a scenario: stores the session's error message. */
void failing_note(const char *errmsg);

/* Call inside a scenario: the result is complete, so a failure may go unreported. */
void failing_harmless(bool is);
