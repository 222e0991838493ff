/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/*
 * Interfaces that come and go. A watch listens to rtnetlink in the session's poll, attaches to each interface that matches its
 * pattern, and tells the host. A link without a mode represents it in the session.
 */
#pragma once

#include "attach.h"

/* Attaches to all that match now, and watches for more. Returns the number of the link that represents the watch. */
int watch_pattern(struct ebpfi *s, struct netns *netns, const char *pattern, struct module *m,
		  const struct attach_request *request);

/*
 * Watches for the names and link layers of all interfaces that a link to "any" sees. Returns the link's number. On failure it frees the
 * link and returns negative errno.
 */
int watch_any(struct ebpfi *s, struct link *link, struct module *m);

const char *watch_name(const struct watch *watch);

/* Replaces the program of all links of a watch, and of its future links. */
int watch_replace(struct ebpfi *s, struct link *link, struct module *m);

/* Ends a watch and removes its links; NULL is allowed. */
void watch_free(struct ebpfi *s, struct watch *watch);

/* The name of an interface that a watch for "any" knows, or NULL. */
const char *watches_interface_name(const struct ebpfi *s, uint32_t ifindex);
