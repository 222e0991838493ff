/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The Linux release of features that our programs use, or that came after 6.1 and a host's object may need. For messages only; probe.c
 * tests the running kernel.
 */
#pragma once

#include "text.h"

/* The release, or NULL if the table lacks the feature; sets `name` to the usual name. */
const char *since_helper(unsigned int id, const char **name);
const char *since_map(unsigned int type, const char **name);
const char *since_program(unsigned int type, const char **name);
const char *since_kfunc(const char *name);

/* "this kernel has no ring buffer maps, which came with Linux 5.8"; `release` may be NULL. */
void since_put_missing(struct text *t, const char *name, const char *kind, const char *release);
