/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "interface.h"

#include <errno.h>
#include <linux/if_link.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "link_type.h"

enum {
	ARPHRD_RAW_IP = 519,
	ARPHRD_IPV6_GRE = 823,
	ALTERNATIVE_NAME = 53, /* IFLA_ALT_IFNAME, Linux 5.5 */
	ALTERNATIVE_NAME_MAX = 128,
	NO_STATISTICS = 1 << 3, /* RTEXT_FILTER_SKIP_STATS */
};

static bool begins_at_ip(uint32_t type)
{
	return type == ARPHRD_NONE || type == ARPHRD_RAW_IP || type == ARPHRD_TUNNEL || type == ARPHRD_TUNNEL6 ||
	       type == ARPHRD_SIT || type == ARPHRD_IPGRE || type == ARPHRD_IPV6_GRE || type == ARPHRD_PPP;
}

static enum link_type link_of(uint32_t type)
{
	if (type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK)
		return LINK_ETHERNET;
	return begins_at_ip(type) ? LINK_RAW : LINK_OTHER;
}

int interface_check(struct ebpfi *s, const struct interface *interface)
{
	if (interface->link != LINK_OTHER)
		return 0;
	return ebpfi_fail(s, -EOPNOTSUPP, "interface %s has a link layer (ARPHRD %u) that is neither Ethernet nor IP",
			  interface->name, interface->type);
}

/* AF_BRIDGE messages of the same type are about bridge ports: a "deleted" port has left its bridge, but still exists. */
bool interface_read(const struct nlmsghdr *message, struct interface *interface)
{
	const struct ifinfomsg *link = netlink_header(message, sizeof(*link));
	const struct nlattr *name = netlink_find(message, sizeof(*link), IFLA_IFNAME, 1);

	if ((message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) || !link || !name ||
	    link->ifi_family != AF_UNSPEC || link->ifi_index <= 0)
		return false;
	*interface = (struct interface){ .ifindex = (uint32_t)link->ifi_index, .type = link->ifi_type };
	snprintf(interface->name, sizeof(interface->name), "%s", netlink_string(name));
	interface->mtu = netlink_u32(netlink_find(message, sizeof(*link), IFLA_MTU, 4));
	interface->up = link->ifi_flags & IFF_UP;
	interface->link = (uint16_t)link_of(link->ifi_type);
	return true;
}

static void begin(struct netlink_request *r, uint16_t flags, uint32_t ifindex)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };

	netlink_begin(r, RTM_GETLINK, flags, &link, sizeof(link));
	netlink_put_u32(r, IFLA_EXT_MASK, NO_STATISTICS);
}

int interface_ask(int netlink, uint32_t ifindex, netlink_fn fn, void *ctx)
{
	struct netlink_request r;

	begin(&r, 0, ifindex);
	return netlink_ask(netlink, &r, fn, ctx, NULL);
}

int interface_ask_all(int netlink, netlink_fn fn, void *ctx)
{
	struct netlink_request r;

	begin(&r, NLM_F_DUMP, 0);
	return netlink_ask(netlink, &r, fn, ctx, NULL);
}

static void copy_interface(void *ctx, const struct nlmsghdr *message)
{
	interface_read(message, ctx);
}

int interface_find(struct ebpfi *s, const struct netns *netns, const char *name, struct interface *interface)
{
	struct interface found = { 0 };
	struct netlink_request r;
	int err;

	if (!*name || strlen(name) >= ALTERNATIVE_NAME_MAX)
		return ebpfi_fail(s, -ENODEV, "\"%s\" cannot be an interface: a name has 1 to %d characters", name,
				  ALTERNATIVE_NAME_MAX - 1);
	begin(&r, 0, 0);
	netlink_put_string(&r, strlen(name) < IF_NAMESIZE ? IFLA_IFNAME : ALTERNATIVE_NAME, name);
	err = netlink_ask(netns->netlink, &r, copy_interface, &found, NULL);
	if (err == -ENODEV || (!err && !found.ifindex))
		return ebpfi_fail(s, -ENODEV, "there is no interface named %s: \"ip link\" lists them", name);
	if (err)
		return ebpfi_fail(s, err, "cannot look up interface %s: %s", name, strerror(-err));
	*interface = found;
	return interface_check(s, interface);
}

struct interface interface_any(void)
{
	return (struct interface){ .name = "any", .link = LINK_ETHERNET };
}
