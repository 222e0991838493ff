/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Network interfaces, as the caller's network namespace has them. */
#pragma once

#include <net/if.h>

#include "session.h"

struct interface {
	char name[IF_NAMESIZE];
	uint32_t ifindex;
	bool has_link; /* its packets begin with an Ethernet header, else at IP */
};

/* Finds an interface by name; negative errno with the error set. */
int interface_find(struct ebpfi *s, const char *name, struct interface *interface);
