/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Uses clang's own types: for the bpf target, a C library's stdint.h requires 32-bit files. */
#pragma once
#undef __STDC_HOSTED__
#include_next <stdint.h>
#define __STDC_HOSTED__ 1
