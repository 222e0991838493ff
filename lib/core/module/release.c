/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "release.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "filtering.h"
#include "map_pin.h"
#include "object.h"
#include "record.h"
#include "table_slot.h"

static void module_free(struct module *m)
{
	int i;

	records_free(m);
	reused_free(m);
	tables_free(m);
	for (i = 0; i <= HOOK_COUNT; i++)
		object_close(m->units[i]);
	if (m->live)
		munmap(m->live, m->live_size);
	object_close(m->object);
	filtering_free(m);
	if (m->state)
		m->inspector->state_free(m->state);
	free(m->name);
	free(m);
}

void module_remove(struct ebpfi *s, struct module *m)
{
	struct module **at;

	for (at = &s->modules; *at != m; at = &(*at)->next)
		;
	*at = m->next;
	module_free(m);
}

void modules_free(struct ebpfi *s)
{
	while (s->modules)
		module_remove(s, s->modules);
}
