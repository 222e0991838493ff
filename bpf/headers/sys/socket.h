/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* What linux/if.h, and with it linux/icmp.h and linux/if_arp.h, need of a C library. */
#pragma once
#include <linux/socket.h>

struct sockaddr {
	__kernel_sa_family_t sa_family;
	char sa_data[14];
};
