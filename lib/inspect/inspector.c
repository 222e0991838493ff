/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "inspector.h"

#include <string.h>

/* One line for each bpf/X.bpf.c, written by the build. */
#define INSPECTOR(name) extern const struct inspector inspector_##name;
#include "inspectors.inc"
#undef INSPECTOR

#define INSPECTOR(name) &inspector_##name,
static const struct inspector *const all[] = {
#include "inspectors.inc"
};
#undef INSPECTOR

enum { COUNT = sizeof(all) / sizeof(all[0]) };

const struct inspector *inspector_at(unsigned int index)
{
	return index < COUNT ? all[index] : NULL;
}

const struct inspector *inspector_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

const struct inspector *inspector_of_kind(uint16_t kind)
{
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		if (kind >= all[i]->first_kind && kind <= all[i]->last_kind)
			return all[i];
	return NULL;
}
