/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* clang's own types: a C library's stdint.h asks for 32-bit files when the target is bpf. */
#pragma once
#undef __STDC_HOSTED__
#include_next <stdint.h>
#define __STDC_HOSTED__ 1
