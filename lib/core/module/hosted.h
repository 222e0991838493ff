/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The host's own objects: loaded whole, with maps and all programs. */
#pragma once

#include "module.h"

int hosted_choose(struct ebpfi *s, struct module *m, struct choice *choice);
int hosted_load_unit(struct ebpfi *s, struct module *m, struct bpf_object **unit);
int hosted_program(struct ebpfi *s, struct module *m, const struct choice *choice);
