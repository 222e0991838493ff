/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Replaces glibc's header, which since 2.41 uses a 128-bit float type on x86-64 that the bpf target lacks. */
#pragma once

#define __HAVE_FLOAT128 0
#define __HAVE_DISTINCT_FLOAT128 0
#define __HAVE_FLOAT64X 0
#define __HAVE_FLOAT64X_LONG_DOUBLE 0

#ifndef EBPFI_PACKS_HEADERS
#include <bits/floatn-common.h>
#endif
