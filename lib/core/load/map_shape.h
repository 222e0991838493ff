/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A map as it is declared, and as the kernel has it. */
#pragma once

#include <stdint.h>

struct map_shape {
	uint32_t type, key_size, value_size, max_entries, flags;
};
