/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps by name: "MODULE.MAP", split at the first dot. */
#pragma once

#include "module.h"
#include "object.h"

/*
 * Splits "MODULE.MAP" into its module, whose maps it loads if necessary, and libbpf's name of the map. Negative errno with the error set.
 */
int map_named(struct ebpfi *s, const char *name, struct module **m, const char **map);

struct map {
	const char *name; /* as the host wrote it */
	struct object_map of;
	const struct btf *types;
};

/* Finds a map; negative errno with the error set. */
int map_find(struct ebpfi *s, const char *name, struct map *map);

/* Like map_find(), but refuses maps without entries. */
int map_find_entries(struct ebpfi *s, const char *name, struct map *map);

/* Sets the error from the kernel's errno. Returns the errno for the host. */
int map_fail(struct ebpfi *s, const struct map *map, int err);
