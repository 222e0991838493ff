/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Tells the host that the interface of a link is gone. For links of a watch, the watch does that. */
#pragma once

#include "attach.h"

struct link_monitor;

/* Starts to listen before the link is attached, so that no message is missed; negative errno with the error set. */
int link_monitor_new(struct ebpfi *s, const struct netns *netns, struct link_monitor **monitor);

/* Gives the monitor to an attached link, which frees it. */
void link_monitor_start(struct link_monitor *monitor, struct link *link);

/* NULL is allowed. */
void link_monitor_free(struct link_monitor *monitor);
