/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* One row of a table, and the table. */
#pragma once

#include <ebpfinspect/ebpfinspect.h>

#include "histogram.h"

enum {
	METHOD_SIZE = 32,
	HOST_SIZE = 96,
	PATH_SIZE = 160,
};

/* The three texts in sequence, each terminated. */
struct top_key {
	uint16_t host, path, size; /* offsets of the second and the third, and of the end */
	char text[METHOD_SIZE + HOST_SIZE + PATH_SIZE];
};

struct top_row {
	uint64_t hash;
	struct top_row *next; /* with the same head */
	struct top_key key;
	uint64_t status[6];
	uint64_t unanswered, unseen, broken, marked, request_bytes, response_bytes;
	uint64_t lap; /* requests when the lap began */
	uint64_t first, last;
	struct histogram durations;
};

struct ebpfi_top {
	uint64_t seed[2];
	uint32_t count, max; /* rows */
	uint32_t victim;     /* the row that is tried next if a new one needs room */
	uint32_t mask;       /* heads - 1 */
	struct top_row **rows, **heads;
	struct top_row other, total;
};

/* A row by its number; NULL if there is none. */
const struct top_row *top_row_at(const struct ebpfi_top *top, uint32_t number);

uint64_t top_responses(const struct top_row *row);
uint64_t top_requests(const struct top_row *row);
