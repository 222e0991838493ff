/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <time.h>

/* A clock in nanoseconds; the monotonic clock in milliseconds. */
uint64_t clock_ns(clockid_t clock);
int64_t clock_ms(void);
