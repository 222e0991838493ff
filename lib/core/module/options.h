/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* An inspector's options by name, for its programs in the kernel and for its native build. */
#pragma once

#include "module.h"

/* Reads the host's options into the module's; negative errno with the error set. */
int options_read(struct ebpfi *s, struct module *m, const struct ebpfi_option *theirs);

/* The value of an option; 0 if the inspector does not have it. */
uint32_t option_value(const struct module *m, const char *name);

/* Calls a function for each option of the module until one fails. Returns its error, or 0. */
typedef int (*option_fn)(void *to, const struct inspector_option *option, uint32_t value);
int options_each(const struct module *m, option_fn fn, void *to);
