/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The end of a module: all that the rooms keep in it. */
#pragma once

#include "module.h"

void module_remove(struct ebpfi *s, struct module *m);
void modules_free(struct ebpfi *s);
