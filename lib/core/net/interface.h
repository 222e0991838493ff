/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Network interfaces of a namespace. */
#pragma once

#include <net/if.h>

#include "netlink.h"
#include "netns.h"

struct interface {
	char name[IF_NAMESIZE];
	uint32_t ifindex; /* 0: all of them */
	uint32_t type;    /* ARPHRD_ */
	uint32_t mtu;
	bool up;
	uint16_t link; /* enum link_type: the first header of its packets */
};

/* Finds an interface by name, or by an alternative name; negative errno with the error set. */
int interface_find(struct ebpfi *s, const struct netns *netns, const char *name, struct interface *interface);

/* All interfaces at once, as the pseudo-device "any" of libpcap. */
struct interface interface_any(void);

/* Checks that inspectors can read the interface's link layer; -EOPNOTSUPP with the error set. */
int interface_check(struct ebpfi *s, const struct interface *interface);

/* Reads a message about a link; false: it is about another thing (a bridge's port, a wireless scan). */
bool interface_read(const struct nlmsghdr *message, struct interface *interface);

/* Asks the kernel about one interface; negative errno, -ENODEV: it is gone. */
int interface_ask(int netlink, uint32_t ifindex, netlink_fn fn, void *ctx);

/* Asks about all interfaces; negative errno. */
int interface_ask_all(int netlink, netlink_fn fn, void *ctx);
