/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <time.h>

/* Nanoseconds of a clock. */
uint64_t clock_ns(clockid_t clock);
