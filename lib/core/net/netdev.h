/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* Properties that an interface's driver reports. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	NETDEV_XDP_BASIC = 1 << 0, /* XDP in the driver */
	NETDEV_XDP_FRAGS = 1 << 5, /* frames of several buffers */
};

/* By the netlink family "netdev" of Linux 6.3. Negative errno; -ENOENT: this kernel does not have it. */
int netdev_xdp_features(uint32_t ifindex, uint64_t *features);

int netdev_driver(const char *interface, char *driver, size_t size);
