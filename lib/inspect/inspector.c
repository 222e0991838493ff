/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "inspector.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "native.h"

/* The build writes one line per bpf/X.bpf.c. */
#define BUNDLED(name) extern const struct inspector inspector_##name;
#include "inspectors.inc"
#undef BUNDLED

#define BUNDLED(name) &inspector_##name,
static const struct inspector *const all[] = {
#include "inspectors.inc"
};
#undef BUNDLED

enum { BUNDLED_COUNT = sizeof(all) / sizeof(all[0]), REGISTERED_MAX = 16 };

/* Entries are written once, before `registered` counts them. */
static const struct inspector *more[REGISTERED_MAX];
static _Atomic unsigned int registered;

const struct inspector *inspector_at(unsigned int index)
{
	if (index < BUNDLED_COUNT)
		return all[index];
	return index - BUNDLED_COUNT < atomic_load(&registered) ? more[index - BUNDLED_COUNT] : NULL;
}

static bool is_taken(const struct inspector *wanted)
{
	const struct inspector *inspector;
	unsigned int i;

	for (i = 0; (inspector = inspector_at(i)); i++)
		if (!strcmp(inspector->name, wanted->name) ||
		    (inspector->first_kind <= wanted->last_kind && wanted->first_kind <= inspector->last_kind))
			return true;
	return false;
}

int inspector_register(const struct inspector *inspector)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	unsigned int count;
	int err;

	pthread_mutex_lock(&lock);
	count = atomic_load(&registered);
	err = is_taken(inspector) ? -EEXIST : count == REGISTERED_MAX ? -ENOSPC : 0;
	if (!err) {
		more[count] = inspector;
		atomic_store(&registered, count + 1);
	}
	pthread_mutex_unlock(&lock);
	return err;
}

const struct inspector *inspector_named(const char *name)
{
	const struct inspector *inspector;
	unsigned int i;

	for (i = 0; (inspector = inspector_at(i)) && strcmp(inspector->name, name); i++)
		;
	return inspector;
}

const struct inspector *inspector_of_kind(uint16_t kind)
{
	const struct inspector *inspector;
	unsigned int i;

	for (i = 0; (inspector = inspector_at(i)); i++)
		if (kind >= inspector->first_kind && kind <= inspector->last_kind)
			break;
	return inspector;
}

bool inspector_has_hook(const struct inspector *inspector, unsigned int hook)
{
	return inspector->native->hooks >> hook & 1;
}
