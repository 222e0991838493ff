/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "interface_table.h"

#include <errno.h>
#include <stdlib.h>

static uint32_t bucket_of(uint32_t ifindex)
{
	return ifindex % INTERFACE_BUCKETS;
}

struct known_interface *interface_table_find(const struct interface_table *t, uint32_t ifindex)
{
	struct known_interface *known = t->buckets[bucket_of(ifindex)];

	while (known && known->now.ifindex != ifindex)
		known = known->next;
	return known;
}

int interface_table_put(struct interface_table *t, const struct interface *interface, struct known_interface **result)
{
	struct known_interface **bucket = &t->buckets[bucket_of(interface->ifindex)];
	struct known_interface *known = interface_table_find(t, interface->ifindex);

	if (!known && t->count == INTERFACES_MAX)
		return -ENOSPC;
	if (!known) {
		known = calloc(1, sizeof(*known));
		if (!known)
			return -ENOMEM;
		known->next = *bucket;
		*bucket = known;
		t->count++;
	}
	known->now = *interface;
	known->listed = true;
	*result = known;
	return 0;
}

void interface_table_remove(struct interface_table *t, struct known_interface *known)
{
	struct known_interface **at = &t->buckets[bucket_of(known->now.ifindex)];

	while (*at != known)
		at = &(*at)->next;
	*at = known->next;
	t->count--;
	free(known);
}

struct known_interface *interface_table_next(const struct interface_table *t, const struct known_interface *known)
{
	uint32_t bucket = known ? bucket_of(known->now.ifindex) + 1 : 0;

	if (known && known->next)
		return known->next;
	while (bucket < INTERFACE_BUCKETS && !t->buckets[bucket])
		bucket++;
	return bucket < INTERFACE_BUCKETS ? t->buckets[bucket] : NULL;
}

void interface_table_free(struct interface_table *t)
{
	struct known_interface *known;

	while ((known = interface_table_next(t, NULL)))
		interface_table_remove(t, known);
}
