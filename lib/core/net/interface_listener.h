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
	/* Messages were lost: list the interfaces again. */
	void (*missed)(struct interface_listener *l);
};

/* Opens the socket and adds the source, whose `ready` the caller has set; negative errno with the error set. */
int interface_listener_open(struct interface_listener *l, struct ebpfi *s, const struct netns *netns);
void interface_listener_close(struct interface_listener *l);

/* Receives the queued messages, but a limited number per poll: a flood must not stop the host's other work. */
void interface_listener_receive(struct interface_listener *l);

/* Makes the source ready: the answer to a request about the loopback interface makes the descriptor readable. */
void interface_listener_wake(const struct interface_listener *l);
