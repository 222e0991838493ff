/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "options.h"

#include <errno.h>
#include <string.h>

#include "opts.h"
#include "text.h"

static const struct inspector_option none[] = { { 0 } };

static const struct inspector_option *options_of(const struct inspector *inspector)
{
	return inspector->options ? inspector->options : none;
}

static int find(const struct inspector *inspector, const char *name)
{
	const struct inspector_option *option = options_of(inspector);
	int i;

	for (i = 0; option[i].name; i++)
		if (!strcmp(option[i].name, name))
			return i;
	return -1;
}

static int fail_name(struct ebpfi *s, const struct module *m, const char *name)
{
	const struct inspector_option *option;
	char list[256];
	struct text t = text_in(list, sizeof(list));

	for (option = options_of(m->inspector); option->name; option++)
		text_printf(&t, "%s%s", t.at == list ? "" : ", ", option->name);
	return ebpfi_fail(s, -EINVAL, "%s has no option %s; it has: %s", m->name, name, *list ? list : "none");
}

int options_read(struct ebpfi *s, struct module *m, const struct ebpfi_option *theirs)
{
	const struct inspector_option *option;
	int i;

	for (i = 0; options_of(m->inspector)[i].name; i++)
		m->options[i] = options_of(m->inspector)[i].initial;
	for (; theirs && theirs->name; theirs++) {
		i = find(m->inspector, theirs->name);
		if (i < 0)
			return fail_name(s, m, theirs->name);
		option = &options_of(m->inspector)[i];
		if (theirs->value < option->min || theirs->value > option->max)
			return ebpfi_fail(s, -EINVAL, "%s %llu is out of range: %s takes %u to %u", option->name,
					  (unsigned long long)theirs->value, m->name, option->min, option->max);
		m->options[i] = (uint32_t)theirs->value;
	}
	return 0;
}

uint32_t option_value(const struct module *m, const char *name)
{
	int i = m->inspector ? find(m->inspector, name) : -1;

	return i < 0 ? 0 : m->options[i];
}

int options_each(const struct module *m, option_fn fn, void *to)
{
	const struct inspector_option *option = options_of(m->inspector);
	int i, err = 0;

	for (i = 0; option[i].name && !err; i++)
		err = fn(to, &option[i], m->options[i]);
	return err;
}

int ebpfi_inspector_option(const char *name, unsigned int index, struct ebpfi_option_info *info)
{
	const struct inspector *inspector = inspector_named(name);
	const struct inspector_option *option = inspector ? options_of(inspector) : none;
	struct ebpfi_option_info ours = { 0 };

	for (; option->name && index; index--)
		option++;
	if (!option->name)
		return -ENOENT;
	ours.name = option->name;
	ours.help = option->help;
	ours.min = option->min;
	ours.max = option->max;
	ours.initial = option->initial;
	return opts_write(info, &ours, sizeof(ours));
}
