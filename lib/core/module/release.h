/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Frees a module with everything that other parts of the library keep in it. */
#pragma once

#include "module.h"

void module_remove(struct ebpfi *s, struct module *m);
void modules_free(struct ebpfi *s);
