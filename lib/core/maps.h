/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps by name: "MODULE.MAP", split at the first dot. */
#pragma once

#include "module.h"

/* Finds the module of a name and what follows its dot; the maps are there afterwards. Negative errno with the error set. */
int map_named(struct ebpfi *s, const char *name, struct module **m, const char **map);
