/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The host's own objects: loaded as a whole, with maps and all programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "filtering.h"
#include "map_pin.h"
#include "object.h"
#include "opts.h"
#include "release.h"
#include "text.h"

enum { OBJECT_MAX = 64 << 20 };

static int read_opts(struct ebpfi *s, struct ebpfi_object_opts *opts, const struct ebpfi_object_opts *theirs)
{
	int err = opts_read(opts, sizeof(*opts), theirs);

	return err ? ebpfi_fail(s, err, "invalid options: set opts.sz = sizeof(struct ebpfi_object_opts)") : 0;
}

static enum ebpfi_hook first_hook(unsigned int hooks)
{
	int hook = EBPFI_HOOK_ANY;

	while (!(hooks >> hook & 1))
		hook++;
	return (enum ebpfi_hook)hook;
}

/* Lists "one (xdp), two (not loaded)", for the message that no program or several programs fit. */
static const char *list_programs(const struct module *m, char *list, size_t size)
{
	struct text t = text_in(list, size);
	struct object_program p;
	unsigned int i;

	for (i = 0; object_program_at(m->object, i, &p); i++) {
		text_printf(&t, "%s%s (", i ? ", " : "", p.name);
		if (!p.chosen)
			text_put(&t, "not loaded");
		else if (p.hooks)
			text_put(&t, ebpfi_hook_str(first_hook(p.hooks)));
		else
			text_printf(&t, "SEC(\"%s\"), for no interface", p.section);
		text_put(&t, ")");
	}
	return i ? list : "none";
}

static int set_knob(struct ebpfi *s, struct module *m, const struct ebpfi_knob *knob)
{
	int err = object_set_global(m->object, knob->name, knob->value, knob->size);

	if (err == -ENOENT)
		return ebpfi_fail(s, err, "%s has no global %s: knobs are \"const volatile\" globals, compiled with -g",
				  m->name, knob->name);
	if (err)
		return ebpfi_fail(s, err, "%s: the global %s does not have %zu bytes", m->name, knob->name, knob->size);
	return 0;
}

static int choose_program(struct ebpfi *s, struct module *m, const struct ebpfi_program *p)
{
	char list[512];
	int err = object_choose(m->object, p->name);

	if (!err && p->section)
		err = object_set_section(m->object, p->name, p->section);
	if (err == -ESRCH)
		return ebpfi_fail(s, -EINVAL, "program %s of %s: libbpf does not know the section \"%s\"", p->name, m->name,
				  p->section);
	return err ? ebpfi_fail(s, err, "%s has no program %s; it has: %s", m->name, p->name,
				list_programs(m, list, sizeof(list)))
		   : 0;
}

static int choose_programs(struct ebpfi *s, struct module *m, const struct ebpfi_object_opts *opts)
{
	size_t i;
	int err = 0;

	object_fix_types(m->object);
	if (opts->program_count)
		object_choose_none(m->object);
	for (i = 0; !err && i < opts->program_count; i++)
		err = choose_program(s, m, &opts->programs[i]);
	return err;
}

static int load_object(struct ebpfi *s, struct module *m, const void *bytes, size_t size, const struct ebpfi_object_opts *opts)
{
	size_t i;
	int err = choose_programs(s, m, opts);

	for (i = 0; !err && i < opts->knob_count; i++)
		err = set_knob(s, m, &opts->knobs[i]);
	if (!err)
		err = maps_reuse(s, m, opts);
	return err ? err : object_load(s, m->object, m->name, bytes, size);
}

/* Keeps the bytes: a later filter is put into them. */
static int keep_image(struct ebpfi *s, struct module *m, const void *bytes, size_t size)
{
	m->image = malloc(size);
	if (!m->image)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	memcpy(m->image, bytes, size);
	m->image_size = size;
	return 0;
}

/* A program that fits no hook may have a socket buffer too. */
static unsigned int kinds_of_programs(const struct module *m)
{
	const unsigned int tc = 1 << EBPFI_HOOK_TC | 1 << EBPFI_HOOK_TC_EGRESS;
	unsigned int i, kinds = FILTER_XDP | FILTER_TC;
	struct object_program p;

	for (i = 0; object_program_at(m->object, i, &p); i++)
		if (p.chosen && p.hooks != 1 << EBPFI_HOOK_XDP && !(p.hooks & tc))
			kinds |= FILTER_SKB;
	return kinds;
}

static int load_unit(struct ebpfi *s, struct module *m, int hook, struct bpf_object **unit)
{
	int err;
	struct bpf_object *object = filtering_open(s, m, m->image, m->image_size, NULL, kinds_of_programs(m), &err);

	(void)hook; /* the one unit has all programs */
	if (!object)
		return err;
	object_choose_same(object, m->object);
	err = object_share_maps(s, object, m->object);
	if (!err)
		err = filtering_load(s, m, object, m->name, m->image, m->image_size);
	if (err)
		object_close(object);
	else
		*unit = object;
	return err;
}

/* Map names are "NAME.MAP", split at the first dot: sections of globals begin with a dot. */
static int check_name(struct ebpfi *s, const char *name)
{
	if (*name && !strchr(name, '.'))
		return 0;
	return ebpfi_fail(s, -EINVAL,
			  "an object cannot be loaded as \"%s\": its name must not be empty or have a dot, "
			  "which separates it from the names of its maps",
			  name);
}

static bool fits(const struct choice *choice, const struct object_program *p)
{
	if (!p->chosen || (choice->program && strcmp(choice->program, p->name)))
		return false;
	return choice->hook == EBPFI_HOOK_ANY ? p->hooks != 0 : p->hooks >> choice->hook & 1;
}

static int choose(struct ebpfi *s, struct module *m, struct choice *choice)
{
	struct object_program p, found = { 0 };
	unsigned int i, count = 0;
	char list[512];

	for (i = 0; object_program_at(m->object, i, &p); i++)
		if (fits(choice, &p)) {
			found = p;
			count++;
		}
	if (count == 1) {
		choice->program = found.name;
		choice->hook = choice->hook ? choice->hook : first_hook(found.hooks);
		return 0;
	}
	list_programs(m, list, sizeof(list));
	if (count)
		return ebpfi_fail(s, -EINVAL,
				  "more than one program of %s fits: choose one by its name (option \"program\") from: %s",
				  m->name, list);
	return ebpfi_fail(s, -ENOENT, "no program of %s fits; it has: %s", m->name, list);
}

static int program(struct ebpfi *s, struct module *m, const struct choice *choice)
{
	(void)s;
	return object_program_fd(module_unit(m, EBPFI_HOOK_ANY), choice->program);
}

static const struct module_kind hosted = { .choose = choose, .program = program, .load_unit = load_unit };

static int load_bytes(struct ebpfi *s, const char *name, const void *bytes, size_t size, const struct ebpfi_object_opts *opts)
{
	struct module *m;
	int err = check_name(s, name);

	if (err)
		return err;
	m = module_new(s, name, &hosted);
	if (!m)
		return module_find(s, name) ? -EALREADY : -ENOMEM;
	m->object = object_open(s, name, bytes, size, opts->pin_path);
	err = m->object ? load_object(s, m, bytes, size, opts) : -ENOEXEC;
	if (!err)
		err = keep_image(s, m, bytes, size);
	if (err)
		module_remove(s, m);
	return err;
}

int ebpfi_load_mem(struct ebpfi *s, const char *name, const void *object, size_t size, const struct ebpfi_object_opts *theirs)
{
	struct ebpfi_object_opts opts;
	int err = read_opts(s, &opts, theirs);

	return err ? err : load_bytes(s, name, object, size, &opts);
}

int ebpfi_load_file(struct ebpfi *s, const char *name, const char *path, const struct ebpfi_object_opts *theirs)
{
	struct ebpfi_object_opts opts;
	size_t size;
	char *bytes;
	int err = read_opts(s, &opts, theirs);

	if (err)
		return err;
	err = file_read(path, OBJECT_MAX, &bytes, &size);
	if (err)
		return ebpfi_fail(s, err, "cannot read %s: %s", path, strerror(-err));
	err = load_bytes(s, name, bytes, size, &opts);
	free(bytes);
	return err;
}

int ebpfi_program_fd(struct ebpfi *s, const char *name, const char *program)
{
	const struct module *m = module_find(s, name);
	struct object_program p = { 0 };
	char list[512];
	unsigned int i;

	if (!m)
		return ebpfi_fail(s, -ENOENT, "nothing is loaded under the name %s: load it first", name);
	if (m->inspector)
		return ebpfi_fail(s, -EOPNOTSUPP, "%s is a bundled inspector: ebpfi_attach() loads its programs", name);
	for (i = 0; object_program_at(m->object, i, &p) && strcmp(p.name, program); i++)
		;
	if (!p.name || strcmp(p.name, program))
		return ebpfi_fail(s, -ENOENT, "%s has no program %s; it has: %s", name, program,
				  list_programs(m, list, sizeof(list)));
	if (!p.chosen)
		return ebpfi_fail(s, -ENOENT,
				  "the program %s of %s is not loaded: name it in the option \"programs\" when %s is loaded",
				  program, name, name);
	return object_program_fd(module_unit(m, EBPFI_HOOK_ANY), program);
}
