/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libbpf_log.h"
#include "load_failure.h"

void object_choose_none(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		bpf_program__set_autoload(program, false);
	}
}

/* libbpf adds its own errors above those of errno. */
static const char *open_failure(int err)
{
	const char *why = libbpf_log_last();

	if (err >= __LIBBPF_ERRNO__START)
		return "it is not a BPF object: compile it with \"clang -O2 -g -target bpf -c\"";
	if (strstr(why, "legacy map definitions"))
		return "a map in SEC(\"maps\") has a form that libbpf 1.0 dropped: make it a structure of __uint(type, ...), "
		       "__type(key, ...), __type(value, ...) and __uint(max_entries, ...) in SEC(\".maps\")";
	return *why ? why : strerror(err);
}

struct bpf_object *object_open(struct ebpfi *s, const char *name, const void *bytes, size_t size, const char *pin_path)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name, .pin_root_path = pin_path);
	struct bpf_object *object;

	libbpf_log_begin(s);
	object = bpf_object__open_mem(bytes, size, &opts);
	if (!object)
		ebpfi_fail(s, -ENOEXEC, "cannot open %s: %s", name, open_failure(errno));
	libbpf_log_end();
	return object;
}

void object_close(struct bpf_object *object)
{
	bpf_object__close(object);
}

int object_share_maps(struct ebpfi *s, struct bpf_object *object, const struct bpf_object *loaded)
{
	struct bpf_map *map, *from = NULL;
	int err;

	bpf_object__for_each_map (map, object) {
		from = bpf_object__next_map(loaded, from);
		err = bpf_map__reuse_fd(map, bpf_map__fd(from));
		if (!err)
			err = bpf_map__set_pin_path(map, NULL); /* otherwise libbpf would open or make the pin again */
		if (err)
			return ebpfi_fail(s, err, "cannot share the map %s: %s", bpf_map__name(map), strerror(-err));
	}
	return 0;
}

int object_choose(struct bpf_object *object, const char *program)
{
	struct bpf_program *found = bpf_object__find_program_by_name(object, program);

	return found ? bpf_program__set_autoload(found, true) : -ENOENT;
}

int object_load(struct ebpfi *s, struct bpf_object *object, const char *what, const void *bytes, size_t size)
{
	struct image image = { bytes, size };
	int err;

	libbpf_log_begin(s);
	err = bpf_object__load(object);
	if (err)
		load_failure(s, object, what, err, &image);
	libbpf_log_end();
	return err;
}

int object_program_fd(const struct bpf_object *object, const char *program)
{
	const struct bpf_program *found = bpf_object__find_program_by_name(object, program);

	return found ? bpf_program__fd(found) : -ENOENT;
}

const char *object_program_of_fd(const struct bpf_object *object, int fd)
{
	struct bpf_program *program = NULL;

	while ((program = bpf_object__next_program(object, program)))
		if (bpf_program__fd(program) == fd)
			return bpf_program__name(program);
	return NULL;
}

bool object_takes_fragments(const struct bpf_object *object, const char *program)
{
	const struct bpf_program *found = bpf_object__find_program_by_name(object, program);

	return found && bpf_program__flags(found) & BPF_F_XDP_HAS_FRAGS;
}

void object_take_fragments(struct bpf_object *object, const char *program)
{
	struct bpf_program *found = bpf_object__find_program_by_name(object, program);

	if (found)
		bpf_program__set_flags(found, bpf_program__flags(found) | BPF_F_XDP_HAS_FRAGS);
}

int object_map_fd(const struct bpf_object *object, const char *map)
{
	const struct bpf_map *found = bpf_object__find_map_by_name(object, map);

	return found ? bpf_map__fd(found) : -ENOENT;
}

/* libbpf prefixes ".bss", ".data", ".rodata" and ".kconfig" with the object's name, and finds them with and without it. */
const char *object_map_at(const struct bpf_object *object, unsigned int index)
{
	const struct bpf_map *map = NULL;
	const char *name, *dot;

	do
		map = bpf_object__next_map(object, map);
	while (map && index--);
	name = map ? bpf_map__name(map) : NULL;
	dot = map && bpf_map__is_internal(map) && *name != '.' ? strrchr(name, '.') : NULL;
	return dot ? dot : name;
}

int object_map(const struct bpf_object *object, const char *name, struct object_map *map)
{
	const struct bpf_map *found = bpf_object__find_map_by_name(object, name);

	if (!found)
		return -ENOENT;
	*map = (struct object_map){
		.fd = bpf_map__fd(found),
		.shape = { bpf_map__type(found), bpf_map__key_size(found), bpf_map__value_size(found),
			   bpf_map__max_entries(found), bpf_map__map_flags(found) },
		.key_type = bpf_map__btf_key_type_id(found),
		.value_type = bpf_map__btf_value_type_id(found),
	};
	return 0;
}

static bool is_only_of_its_name(const struct bpf_object *object, const struct bpf_map *map)
{
	const struct bpf_map *other;

	bpf_object__for_each_map (other, object) {
		if (other != map && !strcmp(bpf_map__name(other), bpf_map__name(map)))
			return false;
	}
	return true;
}

int object_reuse_map(struct bpf_object *object, const char *map, int fd, const char **name_now)
{
	struct bpf_map *found = bpf_object__find_map_by_name(object, map);
	int err = found ? bpf_map__reuse_fd(found, fd) : -ENOENT;

	if (!err)
		err = bpf_map__set_pin_path(found, NULL);
	if (err)
		return err;
	*name_now = is_only_of_its_name(object, found) ? bpf_map__name(found) : NULL;
	return 0;
}

const struct btf *object_types(const struct bpf_object *object)
{
	return bpf_object__btf(object);
}

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool is_tc_section(const char *section)
{
	return starts(section, "tcx/") || starts(section, "tc/") || starts(section, "netkit/") || !strcmp(section, "tc") ||
	       starts(section, "classifier") || starts(section, "action");
}

/* Clears the attach type that a later libbpf sets and 6.1 does not know. */
static void make_tc_program(struct bpf_program *program)
{
	bpf_program__set_type(program, BPF_PROG_TYPE_SCHED_CLS);
	bpf_program__set_expected_attach_type(program, 0);
}

/* libbpf 1.1 knows only "tc" and "classifier". */
void object_fix_types(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		if (is_tc_section(bpf_program__section_name(program)))
			make_tc_program(program);
	}
}

int object_set_section(struct bpf_object *object, const char *program, const char *section)
{
	struct bpf_program *found = bpf_object__find_program_by_name(object, program);
	enum bpf_attach_type attach;
	enum bpf_prog_type type;

	if (!found)
		return -ENOENT;
	if (is_tc_section(section)) {
		make_tc_program(found);
		return 0;
	}
	if (libbpf_prog_type_by_name(section, &type, &attach))
		return -ESRCH;
	bpf_program__set_type(found, type);
	bpf_program__set_expected_attach_type(found, attach);
	if (starts(section, "xdp.frags"))
		object_take_fragments(object, program);
	return 0;
}

void object_choose_same(struct bpf_object *object, const struct bpf_object *other)
{
	struct bpf_program *program, *from = NULL;

	bpf_object__for_each_program (program, object) {
		from = bpf_object__next_program(other, from);
		bpf_program__set_autoload(program, bpf_program__autoload(from));
		bpf_program__set_type(program, bpf_program__type(from));
		bpf_program__set_expected_attach_type(program, bpf_program__expected_attach_type(from));
		bpf_program__set_flags(program, bpf_program__flags(from));
	}
}

/* Programs for a devmap or cpumap cannot attach to an interface. A tc section without a direction fits both. */
static unsigned int hooks_of(const struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	int attach = bpf_program__expected_attach_type(program);

	switch ((int)bpf_program__type(program)) {
	case BPF_PROG_TYPE_XDP:
		return attach == BPF_XDP_DEVMAP || attach == BPF_XDP_CPUMAP ? 0 : 1 << EBPFI_HOOK_XDP;
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return 1 << EBPFI_HOOK_SOCKET;
	case BPF_PROG_TYPE_SCHED_CLS:
		return (strstr(section, "egress") ? 0 : 1 << EBPFI_HOOK_TC) |
		       (strstr(section, "ingress") ? 0 : 1 << EBPFI_HOOK_TC_EGRESS);
	}
	return 0;
}

bool object_program_at(const struct bpf_object *object, unsigned int index, struct object_program *program)
{
	struct bpf_program *at = NULL;

	do
		at = bpf_object__next_program(object, at);
	while (at && index--);
	if (at)
		*program = (struct object_program){ bpf_program__name(at), bpf_program__section_name(at), hooks_of(at),
						    bpf_program__autoload(at) };
	return at != NULL;
}

/* Finds a variable in a BTF section by name, with its offset. */
static const struct btf_var_secinfo *find_in_section(const struct btf *btf, const struct btf_type *section, const char *name)
{
	const struct btf_var_secinfo *at = btf_var_secinfos(section);
	int i, n = btf_vlen(section);

	for (i = 0; i < n; i++, at++)
		if (!strcmp(btf__name_by_offset(btf, btf__type_by_id(btf, at->type)->name_off), name))
			return at;
	return NULL;
}

static bool holds_globals(const char *section)
{
	return !strncmp(section, ".rodata", 7) || !strncmp(section, ".data", 5) || !strncmp(section, ".bss", 4);
}

int object_find_global(const struct bpf_object *object, const char *name, const char **section, uint32_t *offset,
		       uint32_t *size)
{
	const struct btf *btf = bpf_object__btf(object);
	const struct btf_var_secinfo *found;
	const struct btf_type *type;
	uint32_t id;

	for (id = 1; btf && id < btf__type_cnt(btf); id++) {
		type = btf__type_by_id(btf, id);
		if (!btf_is_datasec(type) || !holds_globals(btf__name_by_offset(btf, type->name_off)))
			continue;
		found = find_in_section(btf, type, name);
		if (!found)
			continue;
		*section = btf__name_by_offset(btf, type->name_off);
		*offset = found->offset;
		*size = found->size;
		return 0;
	}
	return -ENOENT;
}

/* libbpf finds a section's map by the section's name. */
static struct bpf_map *section_map(const struct bpf_object *object, const char *section)
{
	return bpf_object__find_map_by_name(object, section);
}

int object_set_global(struct bpf_object *object, const char *name, const void *value, size_t size)
{
	uint32_t offset, there;
	const char *section;
	size_t bytes;
	char *memory;
	int err = object_find_global(object, name, &section, &offset, &there);

	if (err)
		return err;
	memory = (char *)bpf_map__initial_value(section_map(object, section), &bytes);
	if (!memory || there != size || offset + size > bytes)
		return -EINVAL;
	memcpy(memory + offset, value, size);
	return 0;
}

static int read_at(int fd, size_t bytes, uint32_t offset, void *value, size_t size)
{
	uint32_t only = 0;
	char *memory = malloc(bytes);
	int err = memory ? bpf_map_lookup_elem(fd, &only, memory) : -ENOMEM;

	if (!err)
		memcpy(value, memory + offset, size);
	free(memory);
	return err;
}

int object_read_global(const struct bpf_object *object, const char *name, void *value, size_t size)
{
	uint32_t offset, there;
	const char *section;
	const struct bpf_map *map;
	int err = object_find_global(object, name, &section, &offset, &there);

	if (err)
		return err;
	map = section_map(object, section);
	if (!map || there != size || offset + size > bpf_map__value_size(map))
		return -EINVAL;
	return read_at(bpf_map__fd(map), bpf_map__value_size(map), offset, value, size);
}

enum buffer object_buffer(const struct bpf_object *object, const char *map)
{
	const struct bpf_map *found = bpf_object__find_map_by_name(object, map);

	switch (found ? (int)bpf_map__type(found) : BPF_MAP_TYPE_UNSPEC) {
	case BPF_MAP_TYPE_RINGBUF:
		return BUFFER_RING;
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
		return BUFFER_PERF;
	}
	return BUFFER_NONE;
}

int object_set_entries(struct bpf_object *object, const char *map, uint32_t entries)
{
	struct bpf_map *found = bpf_object__find_map_by_name(object, map);

	return found ? bpf_map__set_max_entries(found, entries) : -ENOENT;
}

void *object_map_globals(const struct bpf_object *object, const char *section, size_t *size)
{
	const struct bpf_map *map = section_map(object, section);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory;

	if (!map)
		return NULL;
	*size = (bpf_map__value_size(map) + page - 1) / page * page;
	memory = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	return memory == MAP_FAILED ? NULL : memory;
}
