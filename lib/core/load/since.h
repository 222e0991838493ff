/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The Linux release of each feature that our programs use, or that came after 6.1 and that a host's object may need. For messages
 * only; probe.c finds out what a kernel can do.
 */
#pragma once

#include "text.h"

/* The release, or NULL if it is not in the table; sets `name` to the usual name. */
const char *since_helper(unsigned int id, const char **name);
const char *since_map(unsigned int type, const char **name);
const char *since_program(unsigned int type, const char **name);
const char *since_kfunc(const char *name);

/* "this kernel has no ring buffer maps, which came with Linux 5.8"; `release` may be NULL. */
void since_put_missing(struct text *t, const char *name, const char *kind, const char *release);
