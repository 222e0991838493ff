/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The filter expressions of test/filter/expressions.txt. */
#pragma once

/* Reads each `stride`-th expression and returns their number. Skips the test program if the file is missing. */
int expressions_read(int stride);

/* By position, without its mark; NULL past the last. */
const char *expression_at(int index);

/* Whether the kernel's own classic filters see it in another way: the file says how. */
int expression_is_special(int index);
