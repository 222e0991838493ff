/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * The interfaces of a namespace, as a watch knows them. Root of a container can make as many as it likes, so the table is bounded: for
 * more than INTERFACES_MAX there is no room until others are gone.
 */
#pragma once

#include "interface.h"

enum { INTERFACES_MAX = 16384, INTERFACE_BUCKETS = 512 };

struct known_interface {
	struct known_interface *next; /* in the same bucket */
	struct interface now;
	struct interface tried; /* the watch's: as it was when it could not be attached; ifindex 0: it was not tried */
	int link;               /* the watch's: that was made for it; the host may have detached it */
	bool listed;            /* by the listing under way */
};

struct interface_table {
	struct known_interface *buckets[INTERFACE_BUCKETS];
	unsigned int count;
};

struct known_interface *interface_table_find(const struct interface_table *t, uint32_t ifindex);

/* Adds an interface, or changes what is known about it. -ENOSPC: INTERFACES_MAX are known. -ENOMEM. */
int interface_table_put(struct interface_table *t, const struct interface *interface, struct known_interface **known);

void interface_table_remove(struct interface_table *t, struct known_interface *known);

/* The interface behind another one, NULL for the first; NULL at the end. */
struct known_interface *interface_table_next(const struct interface_table *t, const struct known_interface *known);

void interface_table_free(struct interface_table *t);
