/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The headers for BPF programs that the library contains (cmake/Headers.cmake). */
#pragma once

/* Makes a directory and writes them into it. Negative errno. */
int headers_unpack(const char *dir);
