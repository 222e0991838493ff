/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Tables of an inspector that the host replaces as a whole. Each is a slot of an array of maps. */
#pragma once

#include "module.h"

struct native_run;

/* Puts the module's tables into its loaded object, and into a native run. Negative errno; the first with the error set. */
int tables_put(struct ebpfi *s, struct module *m, const struct bpf_object *object);
int tables_put_native(const struct module *m, struct native_run *run);

void tables_free(struct module *m);
