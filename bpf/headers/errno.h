/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The C library's, if there is one; its numbers are Linux's. */
#pragma once
#if !defined(EBPFI_PACKS_HEADERS) && __has_include_next(<errno.h>)
#include_next <errno.h>
#else
#include <linux/errno.h>
#endif
