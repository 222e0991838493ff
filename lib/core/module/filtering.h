/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Puts a module's filter into the module's programs. */
#pragma once

#include "filter.h"
#include "module.h"

/*
 * Opens an object from bytes, with the module's filter, if any, in its filter functions. `programs`: kinds, FILTER_XDP and so on. NULL with
 * the session's error set and its value in `err`. -EOPNOTSUPP: the object has no filter functions.
 */
struct bpf_object *filtering_open(struct ebpfi *s, struct module *m, const void *bytes, size_t size, const char *pin_path,
				  unsigned int programs, int *err);

/* Like object_load(), with its own message for a filter that is too long. `bytes` is the object without the filter. */
int filtering_load(struct ebpfi *s, struct module *m, struct bpf_object *object, const char *what, const void *bytes,
		   size_t size);

/* Makes a filter from an expression; NULL for an empty one. Negative errno with the error set. */
int filtering_new(struct ebpfi *s, const char *expression, struct filter **filter);

/* Checks that the module's filter, if any, fits packets that begin at the IP header; negative errno with the error set. */
int filtering_check_l3(struct ebpfi *s, struct module *m);

/* Checks that it fits the packets of a capture. */
int filtering_check_replay(struct ebpfi *s, struct module *m, uint16_t link);

/* Releases the filter and the kept bytes. */
void filtering_free(struct module *m);
