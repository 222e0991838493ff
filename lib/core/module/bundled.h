/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A bundled inspector's object is opened several times: once for its maps, then once per hook, with only that hook's program and the same
 * maps. So a socket filter does not need the rights of XDP, and the verifier checks one program instead of four.
 */
#pragma once

#include "module.h"

/* Finds a module by name, or loads the inspector with default options. NULL with the error set and its value in `err`. */
struct module *module_get(struct ebpfi *s, const char *name, int *err);

/* Opens a module's object for a hook, with the filter in it and no program chosen. NULL with the error set and its value in `err`. */
struct bpf_object *bundled_open_unit(struct ebpfi *s, struct module *m, enum ebpfi_hook hook, int *err);

/* Loads the chosen programs of an object. Negative errno with the error set. */
int bundled_ask_kernel(struct ebpfi *s, struct module *m, struct bpf_object *object, const char *what);

/* Sets the module's options in an opened object; negative errno without the error set. */
int bundled_set_options(struct module *m, struct bpf_object *object);

/* The name of the program for a hook; valid until this thread's next call. */
const char *bundled_program_name(const struct module *m, enum ebpfi_hook hook);

/* Fills in the tables of a loaded object; negative errno with the error set. */
int bundled_prepare(struct ebpfi *s, struct module *m, struct bpf_object *object);

/* An inspector_walk_fn for the maps of an object. */
int bundled_walk(void *object, const char *map, inspector_entry_fn fn, void *ctx);
