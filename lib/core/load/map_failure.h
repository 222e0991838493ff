/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The reason why a map could not be made, pinned by its name or reused, in words. */
#pragma once

#include <stdbool.h>

#include "text.h"

struct bpf_map;

/* Whether a line of libbpf is about such a failure. */
bool map_failure_is(const char *said);

void map_failure(struct text *t, const struct bpf_map *map, const char *said, int err);
