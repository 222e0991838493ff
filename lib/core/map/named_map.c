/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "named_map.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "map_pin.h"
#include "opts.h"

static struct module *module_of_length(const struct ebpfi *s, const char *name, size_t length)
{
	struct module *m;

	for (m = s->modules; m && (strncmp(m->name, name, length) || m->name[length]); m = m->next)
		;
	return m;
}

static const char *libbpf_name(const struct module *m, const char *map)
{
	const struct reused *r = reused_named(m, map);

	return r ? r->name_now : map;
}

static const char *host_name(const struct module *m, const char *libbpf_map)
{
	const struct reused *r;

	for (r = m->reused; r && strcmp(r->name_now, libbpf_map); r = r->next)
		;
	return r ? r->name : libbpf_map;
}

const char *ebpfi_map_name(struct ebpfi *s, const char *name, unsigned int index)
{
	struct module *m = module_find(s, name);
	const char *map = m && !module_need_maps(s, m) ? object_map_at(m->object, index) : NULL;

	return map ? host_name(m, map) : NULL;
}

int map_named(struct ebpfi *s, const char *name, struct module **m, const char **map)
{
	const char *dot = strchr(name, '.');
	int err;

	if (!dot)
		return ebpfi_fail(s, -EINVAL,
				  "\"%s\" is not a map name: write NAME.MAP, with the name of the loaded object first", name);
	*m = module_of_length(s, name, (size_t)(dot - name));
	if (!*m)
		return ebpfi_fail(s, -ENOENT, "nothing is loaded under the name %.*s: load it first", (int)(dot - name), name);
	err = module_need_maps(s, *m);
	if (err)
		return err;
	*map = libbpf_name(*m, dot + 1);
	if (object_map_fd((*m)->object, *map) < 0)
		return ebpfi_fail(s, -ENOENT, "%s has no map %s", (*m)->name, dot + 1);
	return 0;
}

int map_find(struct ebpfi *s, const char *name, struct map *map)
{
	const struct reused *r;
	const char *libbpf_map;
	struct module *m;
	int err = map_named(s, name, &m, &libbpf_map);

	if (err)
		return err;
	err = object_map(m->object, libbpf_map, &map->of);
	if (err)
		return ebpfi_fail(s, err, "there is no map %s", name);
	map->name = name;
	map->types = object_types(m->object);
	r = reused_named(m, strchr(name, '.') + 1);
	if (r) {
		map->of.key_type = r->key_type;
		map->of.value_type = r->value_type;
	}
	return 0;
}

/* BPF_MAP_TYPE_USER_RINGBUF came with Linux 6.1. */
int map_find_entries(struct ebpfi *s, const char *name, struct map *map)
{
	uint32_t type;
	int err = map_find(s, name, map);

	if (err)
		return err;
	type = map->of.shape.type;
	if (type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_USER_RINGBUF)
		return ebpfi_fail(s, -EOPNOTSUPP,
				  "%s is a ring buffer and has no entries: ebpfi_on_record() hands over its records", name);
	if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return ebpfi_fail(s, -EOPNOTSUPP,
				  "%s is a perf buffer and has no entries: ebpfi_on_record() hands over its records", name);
	return 0;
}

static int fail_full(struct ebpfi *s, const struct map *map)
{
	const struct map_shape *shape = &map->of.shape;

	if (map_is_array(shape->type))
		return ebpfi_fail(s, -E2BIG, "the map %s has %u entries: its keys are 0 to %u", map->name, shape->max_entries,
				  shape->max_entries - 1);
	return ebpfi_fail(s, -E2BIG, "the map %s is full (%u entries)", map->name, shape->max_entries);
}

/* A full longest-prefix map returns ENOSPC, other maps E2BIG. */
int map_fail(struct ebpfi *s, const struct map *map, int err)
{
	switch (err) {
	case -ECANCELED:
		return ebpfi_fail(s, err, "stopped by the host's function");
	case -E2BIG:
	case -ENOSPC:
		return fail_full(s, map);
	case -ENOENT:
		return ebpfi_fail(s, err,
				  map->of.shape.key_size ? "the map %s has no entry with this key" : "the map %s is empty",
				  map->name);
	case -EEXIST:
		return ebpfi_fail(s, err, "the map %s has an entry with this key already", map->name);
	case -EBUSY:
		return ebpfi_fail(s, err, "map %s is busy (a program holds the bucket lock): retry", map->name);
	case -ENOMEM:
		return ebpfi_fail(s, err,
				  "no memory for an entry of the map %s: the machine or the control group is short of it",
				  map->name);
	case -EPERM:
		return ebpfi_fail(s, err, "the map %s is read-only", map->name);
	case -EINVAL:
		return ebpfi_fail(s, err, "the kernel refuses this for the map %s of type %s: check the flags and the key",
				  map->name, map_type_name(map->of.shape.type));
	case -EOPNOTSUPP:
	case -KERNEL_ENOTSUPP:
		return ebpfi_fail(s, -EOPNOTSUPP, "the map %s is of type %s, which cannot do this", map->name,
				  map_type_name(map->of.shape.type));
	}
	return ebpfi_fail(s, err, "the map %s: %s", map->name, strerror(-err));
}

static int check_key(struct ebpfi *s, const struct map *map, size_t size)
{
	uint32_t is = map->of.shape.key_size;

	return size == is ? 0 : ebpfi_fail(s, -EINVAL, "the map %s has keys of %u bytes, not %zu", map->name, is, size);
}

static int check_values(struct ebpfi *s, const struct map *map, size_t size)
{
	const struct map_shape *is = &map->of.shape;

	if (size == map_values_size(is))
		return 0;
	if (!map_is_per_cpu(is->type))
		return ebpfi_fail(s, -EINVAL, "the map %s has values of %u bytes, not %zu", map->name, is->value_size, size);
	return ebpfi_fail(s, -EINVAL,
			  "the map %s has a value for each of %u CPUs, of %u bytes rounded up to %zu: %zu bytes, not %zu",
			  map->name, map_values(is), is->value_size, map_stride(is), map_values_size(is), size);
}

static int find_entry(struct ebpfi *s, const char *name, size_t key_size, struct map *map)
{
	int err = map_find_entries(s, name, map);

	return err ? err : check_key(s, map, key_size);
}

int ebpfi_map_fd(struct ebpfi *s, const char *name)
{
	struct map map;
	int err = map_find(s, name, &map);

	return err ? err : map.of.fd;
}

int ebpfi_map_info(struct ebpfi *s, const char *name, struct ebpfi_map_info *info)
{
	struct ebpfi_map_info ours = { 0 };
	struct map_shape is;
	struct map map;
	int err = map_find(s, name, &map);

	if (err)
		return err;
	err = map_describe(map.of.fd, &is, &ours.id);
	if (err)
		return map_fail(s, &map, err);
	ours.type_name = map_type_name(is.type);
	ours.type = is.type;
	ours.key_size = is.key_size;
	ours.value_size = is.value_size;
	ours.max_entries = is.max_entries;
	ours.flags = is.flags;
	ours.values = map_values(&is);
	ours.stride = (uint32_t)map_stride(&is);
	return opts_write(info, &ours, sizeof(ours)) ? ebpfi_fail(s, -EINVAL, "set sz of struct ebpfi_map_info") : 0;
}

int ebpfi_map_lookup(struct ebpfi *s, const char *name, const void *key, size_t key_size, void *value, size_t value_size)
{
	struct map map;
	int err = find_entry(s, name, key_size, &map);

	if (!err)
		err = check_values(s, &map, value_size);
	if (err)
		return err;
	err = map_get(map.of.fd, key, value);
	return err ? map_fail(s, &map, err) : 0;
}

int ebpfi_map_update(struct ebpfi *s, const char *name, const void *key, size_t key_size, const void *value, size_t value_size,
		     uint64_t flags)
{
	struct map map;
	int err = find_entry(s, name, key_size, &map);

	if (!err)
		err = check_values(s, &map, value_size);
	if (err)
		return err;
	err = map_set(map.of.fd, key, value, flags);
	return err ? map_fail(s, &map, err) : 0;
}

/* Puts the number of written entries before the reason. */
static int fail_batch(struct ebpfi *s, const struct map *map, uint32_t done, uint32_t count, int err)
{
	char why[sizeof(s->error)];

	err = map_fail(s, map, err);
	memcpy(why, s->error, sizeof(why));
	return ebpfi_fail(s, err, "%u of %u entries were written: %s", done, count, why);
}

int ebpfi_map_update_batch(struct ebpfi *s, const char *name, const void *keys, size_t key_size, const void *values,
			   size_t value_size, uint32_t count, uint64_t flags)
{
	uint32_t done = count;
	struct map map;
	int err = find_entry(s, name, key_size, &map);

	if (!err)
		err = check_values(s, &map, value_size);
	if (err || !count)
		return err;
	err = map_set_batch(map.of.fd, &map.of.shape, keys, values, &done, flags);
	return err ? fail_batch(s, &map, done, count, err) : (int)count;
}

/* The kernel deletes from queues and stacks only with a look-up. */
static int pop(const struct map *map)
{
	void *value = malloc(map->of.shape.value_size);
	int err = value ? map_pop(map->of.fd, value) : -ENOMEM;

	free(value);
	return err;
}

static bool is_queue(const struct map *map)
{
	return map->of.shape.type == BPF_MAP_TYPE_QUEUE || map->of.shape.type == BPF_MAP_TYPE_STACK;
}

int ebpfi_map_delete(struct ebpfi *s, const char *name, const void *key, size_t key_size)
{
	struct map map;
	int err = find_entry(s, name, key_size, &map);

	if (err)
		return err;
	err = is_queue(&map) ? pop(&map) : map_delete(map.of.fd, key);
	return err ? map_fail(s, &map, err) : 0;
}

int ebpfi_map_each(struct ebpfi *s, const char *name, ebpfi_map_fn fn, void *ctx)
{
	struct map map;
	int n = map_find_entries(s, name, &map);

	if (n < 0)
		return n;
	n = map_walk(map.of.fd, &map.of.shape, fn, ctx);
	return n < 0 ? map_fail(s, &map, n) : n;
}

int ebpfi_map_sum(struct ebpfi *s, const char *name, const void *key, size_t key_size, uint64_t *sums, size_t n)
{
	struct map map;
	int err = find_entry(s, name, key_size, &map);

	if (err)
		return err;
	if (n > map.of.shape.value_size / sizeof(*sums))
		return ebpfi_fail(s, -EINVAL, "the map %s has values of %u bytes, which hold no %zu counters of 64 bits", name,
				  map.of.shape.value_size, n);
	err = map_sum_entry(map.of.fd, &map.of.shape, key, sums, n);
	return err ? map_fail(s, &map, err) : 0;
}
