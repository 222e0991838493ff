/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Which Linux brought what: what our programs use, and what came after 6.1, which a host's object may ask an older kernel for. For
 * words only; what a kernel can do is found out by trying.
 */
#pragma once

#include "text.h"

/* The release, or NULL where it is not in the table; `name` is set to what people call it. */
const char *since_helper(unsigned int id, const char **name);
const char *since_map(unsigned int type, const char **name);
const char *since_program(unsigned int type, const char **name);
const char *since_kfunc(const char *name);

/* "this kernel has no ring buffer maps, which came with Linux 5.8"; `release` may be NULL. */
void since_put_missing(struct text *t, const char *name, const char *kind, const char *release);
