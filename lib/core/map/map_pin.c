/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "map_pin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpffs.h"
#include "map.h"
#include "named_map.h"
#include "rights.h"

const struct reused *reused_named(const struct module *m, const char *map)
{
	const struct reused *r;

	for (r = m->reused; r && strcmp(r->name, map); r = r->next)
		;
	return r;
}

void reused_free(struct module *m)
{
	struct reused *r;

	while ((r = m->reused)) {
		m->reused = r->next;
		free(r);
	}
}

static int remember(struct module *m, const char *name, const char *name_now, const struct object_map *declared)
{
	size_t length = strlen(name);
	struct reused *r = calloc(1, sizeof(*r) + length + 1);

	if (!r)
		return -ENOMEM;
	memcpy(r->name, name, length);
	r->name_now = name_now;
	r->key_type = declared->key_type;
	r->value_type = declared->value_type;
	r->next = m->reused;
	m->reused = r;
	return 0;
}

static int open_pin(struct ebpfi *s, const char *path)
{
	int fd = map_open_pinned(path);

	if (fd == -EACCES || fd == -EPERM)
		return ebpfi_fail(s, fd, "cannot use %s: its owner and mode do not allow it, or %s", path,
				  rights_missing(RIGHT_BPF));
	return fd < 0 ? ebpfi_fail(s, fd, "nothing is pinned at %s: %s", path, strerror(-fd)) : fd;
}

static int check_shape(struct ebpfi *s, const char *path, const struct map_shape *is, const struct map_shape *wanted)
{
	if (is->type != wanted->type)
		return ebpfi_fail(s, -EINVAL, "the map at %s is of type %s, the object's of type %s", path,
				  map_type_name(is->type), map_type_name(wanted->type));
	if (is->key_size != wanted->key_size)
		return ebpfi_fail(s, -EINVAL, "the map at %s has keys of %u bytes, the object's of %u", path, is->key_size,
				  wanted->key_size);
	if (is->value_size != wanted->value_size)
		return ebpfi_fail(s, -EINVAL, "the map at %s has values of %u bytes, the object's of %u", path, is->value_size,
				  wanted->value_size);
	return 0;
}

static int reuse_fd(struct ebpfi *s, struct module *m, const struct ebpfi_reuse *reuse, int fd,
		    const struct object_map *declared)
{
	const char *name_now;
	struct map_shape is;
	uint32_t id;
	int err = map_describe(fd, &is, &id);

	if (err)
		return ebpfi_fail(s, err, "something is pinned at %s that is not a map: name a map's pin for %s", reuse->path,
				  reuse->map);
	err = check_shape(s, reuse->path, &is, &declared->shape);
	if (err)
		return err;
	err = object_reuse_map(m->object, reuse->map, fd, &name_now);
	if (!err && !name_now)
		return ebpfi_fail(s, -EINVAL, "the map at %s has the name of another map of %s: rename that one", reuse->path,
				  m->name);
	if (!err)
		err = remember(m, reuse->map, name_now, declared);
	return err ? ebpfi_fail(s, err, "cannot use the map at %s: %s", reuse->path, strerror(-err)) : 0;
}

static int reuse_one(struct ebpfi *s, struct module *m, const struct ebpfi_reuse *reuse)
{
	struct object_map declared;
	int err, fd;

	if (object_map(m->object, reuse->map, &declared))
		return ebpfi_fail(s, -ENOENT, "%s has no map %s to use the one at %s for", m->name, reuse->map, reuse->path);
	fd = open_pin(s, reuse->path);
	if (fd < 0)
		return fd;
	err = reuse_fd(s, m, reuse, fd, &declared);
	close(fd);
	return err;
}

int maps_reuse(struct ebpfi *s, struct module *m, const struct ebpfi_object_opts *opts)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < opts->reuse_count; i++)
		err = reuse_one(s, m, &opts->reuse[i]);
	return err;
}

static int fail_pin(struct ebpfi *s, const char *name, const char *path, int err)
{
	switch (err) {
	case -EXDEV:
		return ebpfi_fail(
			s, -EINVAL,
			"cannot pin %s at %s: that is in no bpffs: mount one (mount -t bpf bpf /sys/fs/bpf), or name a "
			"directory of another",
			name, path);
	case -EEXIST:
		return ebpfi_fail(s, err, "cannot pin %s at %s: something is there, which is not replaced", name, path);
	case -EACCES:
	case -EPERM:
		return ebpfi_fail(s, err, "cannot pin %s at %s: its directory's owner and mode do not allow it, or %s", name,
				  path, rights_missing(RIGHT_BPF));
	}
	return ebpfi_fail(s, err, "cannot pin %s at %s: %s", name, path, strerror(-err));
}

int ebpfi_map_pin(struct ebpfi *s, const char *name, const char *path)
{
	struct map map;
	int err = map_find(s, name, &map);

	if (err)
		return err;
	err = bpffs_check(path);
	if (err && err != -EXDEV)
		return ebpfi_fail(s, err, "cannot pin %s at %s: the directory is not usable: %s", name, path, strerror(-err));
	if (!err)
		err = map_pin(map.of.fd, path);
	return err ? fail_pin(s, name, path, err) : 0;
}

static int pinned_id(struct ebpfi *s, const char *path, uint32_t *id)
{
	struct map_shape shape;
	int err, fd = open_pin(s, path);

	if (fd < 0)
		return fd;
	err = map_describe(fd, &shape, id);
	close(fd);
	return err ? ebpfi_fail(s, -EINVAL, "something is pinned at %s that is not a map: it stays", path) : 0;
}

int ebpfi_map_unpin(struct ebpfi *s, const char *name, const char *path)
{
	struct map_shape shape;
	uint32_t id, there;
	struct map map;
	int err = map_find(s, name, &map);

	if (!err)
		err = pinned_id(s, path, &there);
	if (err)
		return err;
	err = map_describe(map.of.fd, &shape, &id);
	if (!err && id != there)
		return ebpfi_fail(s, -EINVAL, "another map than %s is pinned at %s: it stays", name, path);
	if (!err && unlink(path))
		err = -errno;
	if (err == -EACCES || err == -EPERM)
		return ebpfi_fail(s, err, "cannot remove the pin %s: its directory's owner and mode do not allow it", path);
	return err ? ebpfi_fail(s, err, "cannot remove the pin %s: %s", path, strerror(-err)) : 0;
}
