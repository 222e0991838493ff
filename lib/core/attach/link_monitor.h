/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Tells the host that the interface of a link is gone. Links that a watch made do without: the watch tells it. */
#pragma once

#include "attach.h"

struct link_monitor;

/* Listens from here on, so that nothing is missed while the link is being attached; negative errno with the error set. */
int link_monitor_new(struct ebpfi *s, const struct netns *netns, struct link_monitor **monitor);

/* Gives the monitor to a link that is attached, and which frees it. */
void link_monitor_start(struct link_monitor *monitor, struct link *link);

/* NULL is allowed. */
void link_monitor_free(struct link_monitor *monitor);
