/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The filter expressions of test/filter/expressions.txt. */
#pragma once

/* Reads each `stride`-th; skips the whole program where the file is missing. Their number. */
int expressions_read(int stride);

/* By position, without its mark; NULL past the last. */
const char *expression_at(int index);

/* Whether the kernel's own classic filters see it in another way: the file says how. */
int expression_is_special(int index);
