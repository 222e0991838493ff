/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* The kernel's messages about the interfaces of a namespace, received in the session's poll. */
#pragma once

#include "interface.h"
#include "session.h"

struct interface_listener {
	struct poll_source source;
	struct ebpfi *session;
	/* An interface appeared, changed, or is gone. */
	void (*changed)(struct interface_listener *l, const struct interface *interface, bool is_gone);
	/* Messages were lost: the interfaces have to be listed. */
	void (*missed)(struct interface_listener *l);
};

/* Opens the socket and adds the source, of which `ready` is set; negative errno with the error set. */
int interface_listener_open(struct interface_listener *l, struct ebpfi *s, const struct netns *netns);
void interface_listener_close(struct interface_listener *l);

/* Receives what there is, so much that a flood of messages does not keep the host from its other work. */
void interface_listener_receive(struct interface_listener *l);

/* Makes the source ready: asks for the loopback interface, whose answer makes the descriptor readable. */
void interface_listener_wake(const struct interface_listener *l);
