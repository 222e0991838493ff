/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* BPF objects: the seam to libbpf's loader. */
#pragma once

#include "map_shape.h"
#include "session.h"

struct bpf_object;
struct btf;

/* Opens an object in memory. `pin_path`: the directory of maps pinned by name; NULL: libbpf's default. NULL with the error set. */
struct bpf_object *object_open(struct ebpfi *s, const char *name, const void *bytes, size_t size, const char *pin_path);
void object_close(struct bpf_object *object);

/* Makes an opened object use the maps of one that was loaded from the same bytes. */
int object_share_maps(struct ebpfi *s, struct bpf_object *object, const struct bpf_object *loaded);

/* Chooses no program, so that only maps are loaded. */
void object_choose_none(struct bpf_object *object);

/* Chooses a program by name, to be loaded. -ENOENT: no such program. */
int object_choose(struct bpf_object *object, const char *program);

/*
 * Loads maps and chosen programs. `what` completes the sentence "cannot load ...". The object was opened from `bytes`: they give the C
 * line of a refused program.
 */
int object_load(struct ebpfi *s, struct bpf_object *object, const char *what, const void *bytes, size_t size);

/* A loaded program's descriptor; -ENOENT without one. */
int object_program_fd(const struct bpf_object *object, const char *program);

/* The name of the object's program with this descriptor, or NULL. */
const char *object_program_of_fd(const struct bpf_object *object, int fd);

/* Gives programs in sections that this libbpf does not know ("tcx/ingress", "tc/egress") their type. */
void object_fix_types(struct bpf_object *object);

/* Gives a program the type of another section's programs. -ENOENT: no such program. -ESRCH: libbpf does not know the section. */
int object_set_section(struct bpf_object *object, const char *program, const char *section);

/* Copies types and choice of the programs from another object that was opened from the same bytes. */
void object_choose_same(struct bpf_object *object, const struct bpf_object *other);

struct object_program {
	const char *name, *section;
	unsigned int hooks; /* of an interface that accept it, one bit per hook */
	bool chosen;        /* to be loaded; libbpf skips the sections SEC("?...") */
};

/* False past the last. */
bool object_program_at(const struct bpf_object *object, unsigned int index, struct object_program *program);

/* Whether a program takes XDP buffers in fragments. */
bool object_takes_fragments(const struct bpf_object *object, const char *program);

/* Makes an XDP program take fragments, before load. libbpf can add a flag, but not remove it. */
void object_take_fragments(struct bpf_object *object, const char *program);
int object_map_fd(const struct bpf_object *object, const char *map);

/* The name of map `index`; globals have their section's name (".bss"). NULL past the last. */
const char *object_map_at(const struct bpf_object *object, unsigned int index);

struct object_map {
	int fd; /* negative before load */
	struct map_shape shape;
	uint32_t key_type, value_type; /* in object_types(); 0: unknown */
};

/* Finds a map, or globals by their section's name (".bss"). -ENOENT: not found. */
int object_map(const struct bpf_object *object, const char *name, struct object_map *map);

/*
 * Makes an opened object use an existing map, without the pin that the object declares. libbpf then knows it by the kernel's name,
 * *name_now; NULL if another map of the object has that name. -ENOENT: no such map.
 */
int object_reuse_map(struct bpf_object *object, const char *map, int fd, const char **name_now);

/* The types of the object's maps and globals; NULL if it was compiled without -g. */
const struct btf *object_types(const struct bpf_object *object);

/* The kind of buffer, if the map is one. */
enum buffer { BUFFER_NONE, BUFFER_RING, BUFFER_PERF };
enum buffer object_buffer(const struct bpf_object *object, const char *map);

/* Reads a global of a loaded object. -ENOENT: no such global. -EINVAL: its size differs. */
int object_read_global(const struct bpf_object *object, const char *name, void *value, size_t size);

/* Sets a `const volatile` global before load. -ENOENT: no such global. -EINVAL: its size differs. */
int object_set_global(struct bpf_object *object, const char *name, const void *value, size_t size);

/* Finds the map that holds a global, and the offset there. -ENOENT: no such global. */
int object_find_global(const struct bpf_object *object, const char *name, const char **section, uint32_t *offset,
		       uint32_t *size);

/* Sets the entries of a map before load. -ENOENT: no such map. */
int object_set_entries(struct bpf_object *object, const char *map, uint32_t entries);

/* Maps the writable globals of a loaded object into memory; NULL if it has none or memory is short. */
void *object_map_globals(const struct bpf_object *object, const char *section, size_t *size);
