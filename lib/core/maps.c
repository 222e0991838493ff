/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "maps.h"

#include <errno.h>
#include <string.h>

#include "object.h"

static struct module *module_before(const struct ebpfi *s, const char *name, size_t length)
{
	struct module *m;

	for (m = s->modules; m && (strncmp(m->name, name, length) || m->name[length]); m = m->next)
		;
	return m;
}

int map_named(struct ebpfi *s, const char *name, struct module **m, const char **map)
{
	const char *dot = strchr(name, '.');
	int err;

	if (!dot)
		return ebpfi_fail(s, -EINVAL, "\"%s\" names no map: write NAME.MAP, the name it was loaded under first", name);
	*m = module_before(s, name, (size_t)(dot - name));
	if (!*m)
		return ebpfi_fail(s, -ENOENT, "nothing is loaded under the name %.*s", (int)(dot - name), name);
	err = module_need_maps(s, *m);
	if (err)
		return err;
	*map = dot + 1;
	if (object_map_fd((*m)->object, *map) < 0)
		return ebpfi_fail(s, -ENOENT, "%s has no map %s", (*m)->name, *map);
	return 0;
}
