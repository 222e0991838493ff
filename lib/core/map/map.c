/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpfcall.h"

enum { BATCH_BYTES = 64 << 10 };

const char *map_type_name(uint32_t type)
{
	const char *name = libbpf_bpf_map_type_str((enum bpf_map_type)type);

	return name ? name : "";
}

bool map_is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

bool map_is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       type == BPF_MAP_TYPE_PROG_ARRAY;
}

bool map_has_ids(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS || type == BPF_MAP_TYPE_PROG_ARRAY;
}

uint32_t map_values(const struct map_shape *shape)
{
	int cpus = map_is_per_cpu(shape->type) ? libbpf_num_possible_cpus() : 1;

	return cpus > 0 ? (uint32_t)cpus : 1;
}

/* The kernel pads only the values of per-CPU maps. */
size_t map_stride(const struct map_shape *shape)
{
	return map_is_per_cpu(shape->type) ? ((size_t)shape->value_size + 7) & ~(size_t)7 : shape->value_size;
}

size_t map_values_size(const struct map_shape *shape)
{
	return map_values(shape) * map_stride(shape);
}

int map_describe(int fd, struct map_shape *shape, uint32_t *id)
{
	struct bpf_map_info info = { 0 };
	int err = bpfcall_map_info(fd, &info);

	if (err)
		return err;
	*shape = (struct map_shape){ info.type, info.key_size, info.value_size, info.max_entries, info.map_flags };
	*id = info.id;
	return 0;
}

int map_put(int fd, const void *key, const void *value)
{
	return map_set(fd, key, value, BPF_ANY);
}

int map_get(int fd, const void *key, void *values)
{
	return bpf_map_lookup_elem(fd, key, values);
}

int map_set(int fd, const void *key, const void *values, uint64_t flags)
{
	return bpf_map_update_elem(fd, key, values, flags);
}

int map_delete(int fd, const void *key)
{
	return bpf_map_delete_elem(fd, key);
}

int map_pop(int fd, void *value)
{
	return bpf_map_lookup_and_delete_elem(fd, NULL, value);
}

static bool is_unsupported(int err)
{
	return err == -EINVAL || err == -EOPNOTSUPP || err == -KERNEL_ENOTSUPP;
}

static int set_each(int fd, const struct map_shape *shape, const char *keys, const char *values, uint32_t *count,
		    uint64_t flags)
{
	size_t stride = map_values_size(shape);
	uint32_t i, n = *count;
	int err = 0;

	for (i = 0; i < n && !err; i++)
		err = map_set(fd, keys + (size_t)i * shape->key_size, values + i * stride, flags);
	*count = err ? i - 1 : n;
	return err;
}

/* Batches do not support flags (BPF_NOEXIST, BPF_EXIST), and some types of map have no batches. */
int map_set_batch(int fd, const struct map_shape *shape, const void *keys, const void *values, uint32_t *count, uint64_t flags)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	uint32_t n = *count;
	int err = -EOPNOTSUPP;

	if (!flags)
		err = bpf_map_update_batch(fd, keys, values, &n, &opts);
	if (is_unsupported(err))
		return set_each(fd, shape, keys, values, count, flags);
	*count = n;
	return err;
}

static void add(uint64_t *sums, const char *values, size_t n)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&value, values + i * sizeof(value), sizeof(value));
		sums[i] += value;
	}
}

int map_sum_entry(int fd, const struct map_shape *shape, const void *key, uint64_t *sums, size_t n)
{
	uint32_t i, count = map_values(shape);
	char *values = malloc(map_values_size(shape));
	int err = values ? map_get(fd, key, values) : -ENOMEM;

	if (!err)
		memset(sums, 0, n * sizeof(*sums));
	for (i = 0; !err && i < count; i++)
		add(sums, values + i * map_stride(shape), n);
	free(values);
	return err;
}

int map_sum(int fd, uint64_t *sums, size_t n)
{
	const struct map_shape shape = { BPF_MAP_TYPE_PERCPU_ARRAY, sizeof(uint32_t), (uint32_t)(n * sizeof(*sums)), 1, 0 };
	uint32_t only = 0;

	return map_sum_entry(fd, &shape, &only, sums, n);
}

struct walk {
	int fd;
	const struct map_shape *shape;
	size_t values_size;
	map_entry_fn fn;
	void *ctx;
	char *at, *next;     /* begin and end of a batch; or two keys */
	char *keys, *values; /* room for `room` entries */
	uint32_t room;
	int count;
};

static int make_room(struct walk *w, uint32_t room)
{
	free(w->keys);
	free(w->values);
	w->room = room;
	w->keys = malloc((size_t)room * w->shape->key_size + 1);
	w->values = malloc(room * w->values_size + 1);
	return w->keys && w->values ? 0 : -ENOMEM;
}

static uint32_t first_room(const struct walk *w)
{
	size_t fit = BATCH_BYTES / (w->shape->key_size + w->values_size);

	if (fit > w->shape->max_entries)
		fit = w->shape->max_entries;
	return fit ? (uint32_t)fit : 1;
}

static int hand_over_entries(struct walk *w, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		w->count++;
		if (w->fn(w->ctx, w->keys + (size_t)i * w->shape->key_size, w->values + i * w->values_size))
			return -ECANCELED;
	}
	return 0;
}

static void advance(struct walk *w)
{
	char *at = w->at;

	w->at = w->next;
	w->next = at;
}

/* On ENOSPC one bucket is larger than the batch. */
static int read_batch(struct walk *w, bool first, uint32_t *n)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	int err;

	for (;;) {
		*n = w->room;
		err = bpf_map_lookup_batch(w->fd, first ? NULL : w->at, w->next, w->keys, w->values, n, &opts);
		if (err == -ENOSPC)
			err = make_room(w, w->room * 2);
		else
			return err;
		if (err)
			return err;
	}
}

/* Walks one batch; 1: there are more. The kernel returns ENOENT together with the last one. */
static int walk_batch(struct walk *w, bool first)
{
	uint32_t n;
	int stopped, err = read_batch(w, first, &n);

	if (err && err != -ENOENT)
		return err;
	stopped = hand_over_entries(w, n);
	advance(w);
	return stopped ? stopped : !err;
}

/*
 * The host may remove the entry that it gets, and the kernel starts again from the first key after a missing one. So read the next
 * key before. Other processes may remove keys, too; `left` limits the walk.
 */
static int walk_keys(struct walk *w)
{
	uint64_t left = 2 * (uint64_t)w->shape->max_entries;
	int got, err = bpf_map_get_next_key(w->fd, NULL, w->next);

	while (!err && left--) {
		memcpy(w->keys, w->next, w->shape->key_size);
		err = bpf_map_get_next_key(w->fd, w->keys, w->next);
		got = map_get(w->fd, w->keys, w->values);
		if (!got)
			got = hand_over_entries(w, 1);
		if (got && got != -ENOENT)
			return got;
	}
	return err == -ENOENT ? 0 : err;
}

/* Batches of these types continue at a bucket or an index. Other types continue at a key, which may be gone by then. */
static bool has_batches(uint32_t type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static int walk_all(struct walk *w)
{
	int more = has_batches(w->shape->type) ? walk_batch(w, true) : -EOPNOTSUPP;

	if (is_unsupported(more))
		return walk_keys(w);
	while (more > 0)
		more = walk_batch(w, false);
	return more;
}

int map_walk(int fd, const struct map_shape *shape, map_entry_fn fn, void *ctx)
{
	struct walk w = { .fd = fd, .shape = shape, .values_size = map_values_size(shape), .fn = fn, .ctx = ctx };
	size_t position = shape->key_size > sizeof(uint64_t) ? shape->key_size : sizeof(uint64_t);
	int err;

	if (!shape->key_size)
		return -EOPNOTSUPP;
	w.at = malloc(position);
	w.next = malloc(position);
	err = w.at && w.next ? make_room(&w, first_room(&w)) : -ENOMEM;
	if (!err)
		err = walk_all(&w);
	free(w.at);
	free(w.next);
	free(w.keys);
	free(w.values);
	return err ? err : w.count;
}

int map_pin(int fd, const char *path)
{
	return bpf_obj_pin(fd, path);
}

int map_open_pinned(const char *path)
{
	return bpf_obj_get(path);
}

int map_create(const char *name, const struct map_shape *shape)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = shape->flags);

	return bpf_map_create((enum bpf_map_type)shape->type, name, shape->key_size, shape->value_size, shape->max_entries,
			      &opts);
}
