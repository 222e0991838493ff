/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "netdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

/* linux/netdev.h, which came with Linux 6.3. */
enum { GET_DEVICE = 1, DEVICE_IFINDEX = 1, DEVICE_XDP_FEATURES = 3 };

struct found {
	uint16_t type; /* of the wanted attribute */
	size_t size;
	void *value;
	bool is_there;
};

static void read_attribute(void *ctx, const struct nlmsghdr *message)
{
	struct found *found = ctx;
	const struct nlattr *attribute = netlink_find(message, GENL_HDRLEN, found->type, found->size);

	if (!attribute)
		return;
	memcpy(found->value, netlink_value(attribute), found->size);
	found->is_there = true;
}

/* Sends a command of a generic family with one attribute, and finds one in the answer; negative errno. */
static int request_attribute(int fd, struct netlink_request *r, struct found *found)
{
	int err = netlink_ask(fd, r, read_attribute, found, NULL);

	return err ? err : found->is_there ? 0 : -ENOENT;
}

static int ask_features(int fd, uint32_t ifindex, uint64_t *features)
{
	const struct genlmsghdr find_family = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	const struct genlmsghdr get_device = { .cmd = GET_DEVICE, .version = 1 };
	struct netlink_request r;
	uint16_t family;
	int err;

	netlink_begin(&r, GENL_ID_CTRL, 0, &find_family, sizeof(find_family));
	netlink_put_string(&r, CTRL_ATTR_FAMILY_NAME, "netdev");
	err = request_attribute(fd, &r, &(struct found){ CTRL_ATTR_FAMILY_ID, sizeof(family), &family, false });
	if (err)
		return err;
	netlink_begin(&r, family, 0, &get_device, sizeof(get_device));
	netlink_put_u32(&r, DEVICE_IFINDEX, ifindex);
	return request_attribute(fd, &r, &(struct found){ DEVICE_XDP_FEATURES, sizeof(*features), features, false });
}

int netdev_xdp_features(uint32_t ifindex, uint64_t *features)
{
	int err, fd = netlink_open(NETLINK_GENERIC, 0);

	if (fd < 0)
		return fd;
	err = ask_features(fd, ifindex, features);
	close(fd);
	return err;
}

int netdev_driver(const char *interface, char *driver, size_t size)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq ifr = { .ifr_data = (void *)&info };
	int err, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	err = ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
	close(fd);
	if (!err)
		snprintf(driver, size, "%.*s", (int)sizeof(info.driver), info.driver);
	return err;
}
