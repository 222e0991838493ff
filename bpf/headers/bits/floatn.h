/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* glibc's for x86-64 defines a type of 128 bits for clang since 2.41, which the target bpf does not have. */
#pragma once

#define __HAVE_FLOAT128 0
#define __HAVE_DISTINCT_FLOAT128 0
#define __HAVE_FLOAT64X 0
#define __HAVE_FLOAT64X_LONG_DOUBLE 0

#ifndef EBPFI_PACKS_HEADERS
#include <bits/floatn-common.h>
#endif
