/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps that are pinned in bpffs and reused by a later object. */
#pragma once

#include "module.h"

/* Makes an opened object use the pinned maps that its options name; negative errno with the error set. */
int maps_reuse(struct ebpfi *s, struct module *m, const struct ebpfi_object_opts *opts);

/*
 * A pinned map that an object uses. The types are from this object; the kernel has those of the object that made the map.
 */
struct reused {
	struct reused *next;
	const char *name_now; /* libbpf's name */
	uint32_t key_type, value_type;
	char name[]; /* the host's name */
};

const struct reused *reused_named(const struct module *m, const char *map);
void reused_free(struct module *m);
