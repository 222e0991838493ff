/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The host's own objects: loaded whole, with maps and all programs. */
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

	return err ? ebpfi_fail(s, err,
				"the object options are not of this library's kind: set sz to sizeof(struct ebpfi_object_opts)")
		   : 0;
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

static int load_object(struct ebpfi *s, struct module *m, const void *bytes, size_t size, const struct ebpfi_object_opts *opts)
{
	size_t i;
	int err = 0;

	object_fix_types(m->object);
	for (i = 0; !err && i < opts->knob_count; i++)
		err = set_knob(s, m, &opts->knobs[i]);
	if (!err)
		err = maps_reuse(s, m, opts);
	return err ? err : object_load(s, m->object, m->name, bytes, size);
}

/* A filter is put into the object's bytes. */
static int keep_image(struct ebpfi *s, struct module *m, const void *bytes, size_t size)
{
	m->image = malloc(size);
	if (!m->image)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	memcpy(m->image, bytes, size);
	m->image_size = size;
	return 0;
}

static int load_unit(struct ebpfi *s, struct module *m, int hook, struct bpf_object **unit)
{
	int err;
	struct bpf_object *object = filtering_open(s, m, m->image, m->image_size, NULL, FILTER_XDP | FILTER_SKB, &err);

	(void)hook; /* it has all programs */
	if (!object)
		return err;
	object_fix_types(object);
	err = object_share_maps(s, object, m->object);
	if (!err)
		err = filtering_load(s, m, object, m->name, m->image, m->image_size);
	if (err)
		object_close(object);
	else
		*unit = object;
	return err;
}

/* A map is "NAME.MAP", and the map's own name may begin with a dot. */
static int check_name(struct ebpfi *s, const char *name)
{
	if (*name && !strchr(name, '.'))
		return 0;
	return ebpfi_fail(s, -EINVAL,
			  "an object cannot be loaded as \"%s\": its name must not be empty or have a dot, "
			  "which separates it from the names of its maps",
			  name);
}

static bool fits(const struct choice *choice, const char *program, unsigned int hooks)
{
	if (choice->program && strcmp(choice->program, program))
		return false;
	return choice->hook == EBPFI_HOOK_ANY ? hooks != 0 : hooks >> choice->hook & 1;
}

static enum ebpfi_hook first_hook(unsigned int hooks)
{
	int hook = EBPFI_HOOK_ANY;

	while (!(hooks >> hook & 1))
		hook++;
	return (enum ebpfi_hook)hook;
}

/* What the object has, for the sentence that says why none or more than one program fits. */
static void list_programs(const struct module *m, struct text *t)
{
	const char *program;
	unsigned int i, hooks;

	for (i = 0; (program = object_program_at(m->object, i, &hooks)); i++)
		text_printf(t, "%s%s (%s)", i ? ", " : "", program,
			    hooks ? ebpfi_hook_str(first_hook(hooks)) : "no hook of this library");
}

static int choose(struct ebpfi *s, struct module *m, struct choice *choice)
{
	const char *program, *found = NULL;
	unsigned int i, hooks, found_hooks = 0, count = 0;
	char list[512];
	struct text t = text_in(list, sizeof(list));

	for (i = 0; (program = object_program_at(m->object, i, &hooks)); i++) {
		if (!fits(choice, program, hooks))
			continue;
		found = program;
		found_hooks = hooks;
		count++;
	}
	if (count == 1) {
		choice->program = found;
		choice->hook = choice->hook ? choice->hook : first_hook(found_hooks);
		return 0;
	}
	list_programs(m, &t);
	return ebpfi_fail(s, count ? -EINVAL : -ENOENT, "%s program of %s fits; it has: %s", count ? "more than one" : "no",
			  m->name, *list ? list : "none");
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
