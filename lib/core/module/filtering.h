/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A module's filter: how it gets into the module's programs. */
#pragma once

#include "filter.h"
#include "module.h"

/*
 * Opens an object from bytes, with the module's filter in its filter functions; the same as object_open() where the module has
 * no filter. `programs`: FILTER_XDP, FILTER_SKB. NULL with the session's error set and its value in `err`. -EOPNOTSUPP: the object has no filter functions.
 */
struct bpf_object *filtering_open(struct ebpfi *s, struct module *m, const void *bytes, size_t size, const char *pin_path,
				  unsigned int programs, int *err);

/* object_load(), which tells a filter that is too long from a program that is wrong; the bytes are those before it was put in. */
int filtering_load(struct ebpfi *s, struct module *m, struct bpf_object *object, const char *what, const void *bytes,
		   size_t size);

/* A filter of an expression, NULL of none; negative errno with the error set. */
int filtering_new(struct ebpfi *s, const char *expression, struct filter **filter);

/* Whether the module's filter, if it has one, makes sense for packets that begin at IP; negative errno with the error set. */
int filtering_check_l3(struct ebpfi *s, struct module *m);

/* The same for packets of a capture. */
int filtering_check_replay(struct ebpfi *s, struct module *m, uint16_t link);

/* Releases the filter and the kept bytes. */
void filtering_free(struct module *m);
