/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "interface.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ARPHRD_RAW_IP = 519, ARPHRD_IPV6_GRE = 823 };

static int ask(unsigned long request, struct ifreq *ifr)
{
	int err, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	err = ioctl(fd, request, ifr) ? -errno : 0;
	close(fd);
	return err;
}

static bool begins_at_ip(int type)
{
	return type == ARPHRD_NONE || type == ARPHRD_RAW_IP || type == ARPHRD_TUNNEL || type == ARPHRD_TUNNEL6 ||
	       type == ARPHRD_SIT || type == ARPHRD_IPGRE || type == ARPHRD_IPV6_GRE || type == ARPHRD_PPP;
}

static int find_link(struct ebpfi *s, struct interface *interface, struct ifreq *ifr)
{
	int type, err = ask(SIOCGIFHWADDR, ifr);

	if (err)
		return ebpfi_fail(s, err, "cannot ask interface %s for its link layer: %s", interface->name, strerror(-err));
	type = ifr->ifr_hwaddr.sa_family;
	interface->has_link = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
	if (interface->has_link || begins_at_ip(type))
		return 0;
	return ebpfi_fail(s, -EOPNOTSUPP, "interface %s has a link layer (ARPHRD %d) that is neither Ethernet nor IP",
			  interface->name, type);
}

int interface_find(struct ebpfi *s, const char *name, struct interface *interface)
{
	struct ifreq ifr = { 0 };
	int err;

	if (!*name || strlen(name) >= IF_NAMESIZE)
		return ebpfi_fail(s, -ENODEV, "\"%s\" cannot be an interface: a name has 1 to %d characters", name,
				  IF_NAMESIZE - 1);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	snprintf(interface->name, sizeof(interface->name), "%s", name);
	err = ask(SIOCGIFINDEX, &ifr);
	if (err == -ENODEV)
		return ebpfi_fail(s, err, "there is no interface named %s: \"ip link\" lists them", name);
	if (err)
		return ebpfi_fail(s, err, "cannot look up interface %s: %s", name, strerror(-err));
	interface->ifindex = (uint32_t)ifr.ifr_ifindex;
	return find_link(s, interface, &ifr);
}
