/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * A bundled inspector is one object that is opened several times: once for its maps, then once for each hook with that hook's
 * program only and the same maps, so that attaching a socket filter needs no right that only XDP needs, and verifies one
 * program instead of four.
 */
#pragma once

#include "module.h"

int bundled_choose(struct ebpfi *s, struct module *m, struct choice *choice);
int bundled_program(struct ebpfi *s, struct module *m, const struct choice *choice);
int bundled_load_unit(struct ebpfi *s, struct module *m, int at, struct bpf_object **unit);
int bundled_load_maps(struct ebpfi *s, struct module *m);
