/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The growing list of checks of a preflight. */
#pragma once

#include "session.h"

struct report {
	struct ebpfi_check *first, *last;
	int err; /* -ENOMEM: a check is missing */
};

/* The parts of a check. Its strings are copied; NULL counts as "". */
struct finding {
	const char *id, *name, *value, *why;
	enum ebpfi_check_state state;
};

void report_add(struct report *r, const struct finding *finding);
void report_free(struct report *r);

/* Looks at one interface: link layer, driver, XDP in the driver, and the programs on its hooks. */
void preflight_interface(struct report *r, struct ebpfi *s, const char *name);
