/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The interfaces of a namespace, as a watch knows them. Root in a container can make any number of interfaces, so the table is bounded by
 * INTERFACES_MAX.
 */
#pragma once

#include "interface.h"

enum { INTERFACES_MAX = 16384, INTERFACE_BUCKETS = 512 };

struct known_interface {
	struct known_interface *next; /* in the same bucket */
	struct interface now;
	struct interface tried; /* for the watch: its state when attaching failed; ifindex 0: not tried */
	int link;               /* for the watch: the link to this interface; the host may have detached it */
	bool listed;            /* the present listing has it */
};

struct interface_table {
	struct known_interface *buckets[INTERFACE_BUCKETS];
	unsigned int count;
};

struct known_interface *interface_table_find(const struct interface_table *t, uint32_t ifindex);

/* Adds an interface or updates it. -ENOSPC: the table has INTERFACES_MAX. -ENOMEM. */
int interface_table_put(struct interface_table *t, const struct interface *interface, struct known_interface **known);

void interface_table_remove(struct interface_table *t, struct known_interface *known);

/* The interface after `known`, or the first one for NULL; NULL at the end. */
struct known_interface *interface_table_next(const struct interface_table *t, const struct known_interface *known);

void interface_table_free(struct interface_table *t);
