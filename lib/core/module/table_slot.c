/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "table_slot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundled.h"
#include "map.h"
#include "native_map.h"
#include "object.h"

/* A copy of the host's table, for a later attach or replay. */
struct table_copy {
	struct table_copy *next;
	const struct native_map *map;
	uint32_t slot;
	uint32_t keys[];
};

static uint32_t *keys_of(struct table_copy *t)
{
	return t->keys;
}

/* The values follow the keys. */
static void *values_of(const struct table_copy *t)
{
	return (void *)(t->keys + t->map->inner->max_entries + (t->map->inner->max_entries & 1));
}

static size_t size_of(const struct native_map *inner)
{
	return (size_t)inner->max_entries * inner->value_size;
}

static const struct native_map *find_map(const struct module *m, const char *name)
{
	const struct native_map *map;

	for (map = m->inspector ? m->inspector->native->maps : NULL; map && map < m->inspector->native->maps_end; map++)
		if (map->inner && !strcmp(map->name, name))
			return map;
	return NULL;
}

/* Fills the table in before it goes into its slot: no packet sees a partial table. */
static int put_in_kernel(const struct bpf_object *object, struct table_copy *t)
{
	const struct native_map *inner = t->map->inner;
	const struct map_shape shape = { inner->type, inner->key_size, inner->value_size, inner->max_entries, 0 };
	uint32_t count = inner->max_entries;
	int fd = map_create(inner->name, &shape), err;

	if (fd < 0)
		return fd;
	err = map_set_batch(fd, &shape, keys_of(t), values_of(t), &count, 0);
	if (!err)
		err = map_put(object_map_fd(object, t->map->name), &t->slot, &fd);
	close(fd);
	return err;
}

int tables_put(struct ebpfi *s, struct module *m, const struct bpf_object *object)
{
	struct table_copy *t;
	int err = 0;

	for (t = m->tables; t && !err; t = t->next)
		err = put_in_kernel(object, t);
	return err ? ebpfi_fail(s, err, "cannot put the tables of %s into the kernel: %s", m->name, strerror(-err)) : 0;
}

int tables_put_native(const struct module *m, struct native_run *run)
{
	const struct table_copy *t;
	struct native_store *inner;
	uint32_t i;
	int err = 0;

	for (t = m->tables; t && !err; t = t->next) {
		inner = native_store_new(t->map->inner);
		if (!inner)
			return -ENOMEM;
		for (i = 0; i < t->map->inner->max_entries; i++)
			native_store_update(inner, &i, (char *)values_of(t) + (size_t)i * t->map->inner->value_size, BPF_ANY);
		err = native_store_put_inner(native_run_store(run, t->map->name), t->slot, inner);
	}
	return err;
}

void tables_free(struct module *m)
{
	struct table_copy *t;

	while ((t = m->tables)) {
		m->tables = t->next;
		free(t);
	}
}

static struct table_copy *new_copy(const struct native_map *map, uint32_t slot, const void *values)
{
	uint32_t i, entries = map->inner->max_entries;
	struct table_copy *t = malloc(sizeof(*t) + ((size_t)entries + 1) * sizeof(uint32_t) + size_of(map->inner));

	if (!t)
		return NULL;
	t->map = map;
	t->slot = slot;
	for (i = 0; i < entries; i++)
		t->keys[i] = i;
	memcpy(values_of(t), values, size_of(map->inner));
	return t;
}

static void keep_copy(struct module *m, struct table_copy *t)
{
	struct table_copy **at, *old;

	for (at = &m->tables; *at && ((*at)->map != t->map || (*at)->slot != t->slot); at = &(*at)->next)
		;
	old = *at;
	t->next = old ? old->next : NULL;
	*at = t;
	free(old);
}

/* Finds the module of "INSPECTOR.TABLE", and the table's map. */
static struct module *find_table(struct ebpfi *s, const char *table, const struct native_map **map, int *err)
{
	const char *dot = strchr(table, '.');
	char name[64];
	struct module *m;

	if (!dot || dot == table || (size_t)(dot - table) >= sizeof(name)) {
		*err = ebpfi_fail(s, -EINVAL, "\"%s\" is not the name of a table: INSPECTOR.TABLE", table);
		return NULL;
	}
	memcpy(name, table, (size_t)(dot - table));
	name[dot - table] = '\0';
	m = module_get(s, name, err);
	*map = m ? find_map(m, dot + 1) : NULL;
	if (m && !*map)
		*err = ebpfi_fail(s, -ENOENT, "%s has no table %s that a host can set", name, dot + 1);
	return *map ? m : NULL;
}

int ebpfi_table_set(struct ebpfi *s, const char *table, uint32_t slot, const void *values, size_t size)
{
	const struct native_map *map;
	struct table_copy *t;
	int err;
	struct module *m = find_table(s, table, &map, &err);

	if (!m)
		return err;
	if (slot >= map->max_entries || size != size_of(map->inner))
		return ebpfi_fail(s, -EINVAL, "%s has %u slots of %zu bytes: slot %u of %zu bytes does not fit", table,
				  map->max_entries, size_of(map->inner), slot, size);
	t = new_copy(map, slot, values);
	if (!t)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	err = m->object ? put_in_kernel(m->object, t) : 0;
	if (err) {
		free(t);
		return ebpfi_fail(s, err, "cannot replace the table %s: %s", table, strerror(-err));
	}
	keep_copy(m, t);
	return 0;
}
