/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "filtering.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link_type.h"
#include "object.h"

enum { WHY_MAX = 512 };

static int fail_filter(struct ebpfi *s, const struct filter *f, int err, const char *why)
{
	return ebpfi_fail(s, err, "the filter \"%s\" cannot be used: %s", filter_expression(f), why);
}

static int fail_patch(struct ebpfi *s, const struct module *m, int err, const char *why)
{
	if (err == -ENOENT)
		return ebpfi_fail(
			s, -EOPNOTSUPP,
			"%s has no filter: include <ebpfinspect/filter.bpf.h>, call ebpfi_filter() and compile with -g",
			m->name);
	return fail_filter(s, m->filter, err, why);
}

static int patch(struct ebpfi *s, struct module *m, struct image *image, unsigned int programs)
{
	char why[WHY_MAX] = "the object cannot be changed";
	int err = filter_patch(m->filter, image, programs, why, sizeof(why));

	return err ? fail_patch(s, m, err, why) : 0;
}

struct bpf_object *filtering_open(struct ebpfi *s, struct module *m, const void *bytes, size_t size, const char *pin_path,
				  unsigned int programs, int *err)
{
	struct image image = { malloc(size + 1), size };
	struct bpf_object *object = NULL;

	*err = image.bytes ? 0 : ebpfi_fail(s, -ENOMEM, "out of memory");
	if (!*err)
		memcpy(image.bytes, bytes, size);
	if (!*err && m->filter)
		*err = patch(s, m, &image, programs);
	if (!*err) {
		object = object_open(s, m->name, image.bytes, image.size, pin_path);
		*err = object ? 0 : -ENOEXEC;
	}
	free(image.bytes);
	return object;
}

/* -E2BIG: more instructions than the verifier checks. -EFAULT: more than 8,192 open branches (seen on 6.18). */
int filtering_load(struct ebpfi *s, struct module *m, struct bpf_object *object, const char *what, const void *bytes,
		   size_t size)
{
	int err = object_load(s, object, what, bytes, size);

	if ((err != -E2BIG && err != -EFAULT) || !m->filter)
		return err;
	return ebpfi_fail(s, -E2BIG,
			  "the filter of %zu characters is too long for the verifier in %s: use fewer terms (a "
			  "net, a portrange or a mask replaces many), or attach without it and choose among the events",
			  strlen(filter_expression(m->filter)), what);
}

int filtering_check_l3(struct ebpfi *s, struct module *m)
{
	char why[WHY_MAX];
	int err = m->filter ? filter_prepare(m->filter, LINK_RAW, why, sizeof(why)) : 0;

	return err ? fail_filter(s, m->filter, err, why) : 0;
}

int filtering_check_replay(struct ebpfi *s, struct module *m, uint16_t link)
{
	char why[WHY_MAX];
	int err = m->filter ? filter_prepare_replay(m->filter, link, why, sizeof(why)) : 0;

	return err ? fail_filter(s, m->filter, err, why) : 0;
}

void filtering_free(struct module *m)
{
	filter_free(m->filter);
	free(m->image);
}

/* Compiles for Ethernet first: a mistake is reported before anything is loaded. */
int filtering_new(struct ebpfi *s, const char *expression, struct filter **filter)
{
	char why[WHY_MAX];
	int err;

	*filter = NULL;
	if (!expression || !*expression)
		return 0;
	*filter = filter_new(expression);
	if (!*filter)
		return ebpfi_fail(s, -ENOMEM, "out of memory");
	err = filter_prepare(*filter, LINK_ETHERNET, why, sizeof(why));
	if (!err)
		return 0;
	fail_filter(s, *filter, err, why);
	filter_free(*filter);
	return err;
}
