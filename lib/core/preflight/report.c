/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t room_for(const char *string)
{
	return string ? strlen(string) + 1 : 1;
}

static const char *copy(char **at, const char *string)
{
	char *to = *at;

	*at = stpcpy(to, string ? string : "") + 1;
	return to;
}

static void append(struct report *r, struct ebpfi_check *check)
{
	if (r->last)
		r->last->next = check;
	else
		r->first = check;
	r->last = check;
}

/* One block each: the check and its strings. */
void report_add(struct report *r, const struct finding *f)
{
	struct ebpfi_check *check =
		calloc(1, sizeof(*check) + room_for(f->id) + room_for(f->name) + room_for(f->value) + room_for(f->why));
	char *at = (char *)(check + 1);

	if (!check) {
		r->err = -ENOMEM;
		return;
	}
	check->id = copy(&at, f->id);
	check->name = copy(&at, f->name);
	check->value = copy(&at, f->value);
	check->why = copy(&at, f->state == EBPFI_CHECK_YES ? "" : f->why);
	check->state = f->state;
	append(r, check);
}

void report_free(struct report *r)
{
	const struct ebpfi_check *check = r->first, *next;

	for (; check; check = next) {
		next = check->next;
		free((void *)check);
	}
	r->first = r->last = NULL;
}
