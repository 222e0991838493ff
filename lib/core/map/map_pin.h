/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Maps that are pinned in bpffs: made so, and used again by a later object. */
#pragma once

#include "module.h"

/* Makes an opened object of the host's own use the pinned maps of its options; negative errno with the error set. */
int maps_reuse(struct ebpfi *s, struct module *m, const struct ebpfi_object_opts *opts);

/*
 * A map that existed before. Its types are the object's: those that the kernel knows it by are of the object that it was made from.
 */
struct reused {
	struct reused *next;
	const char *name_now; /* what libbpf calls it */
	uint32_t key_type, value_type;
	char name[]; /* what the host calls it */
};

const struct reused *reused_named(const struct module *m, const char *map);
void reused_free(struct module *m);
