/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Includes the C library's header if there is one; Linux has the same numbers. */
#pragma once
#if !defined(EBPFI_PACKS_HEADERS) && __has_include_next(<errno.h>)
#include_next <errno.h>
#else
#include <linux/errno.h>
#endif
