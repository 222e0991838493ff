/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "netdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/netdev.h, which came with Linux 6.3. */
enum { GET_DEVICE = 1, DEVICE_IFINDEX = 1, DEVICE_XDP_FEATURES = 3 };

struct message {
	struct nlmsghdr head;
	struct genlmsghdr generic;
	char rest[4080];
};

static void put(struct message *m, uint16_t type, const void *value, size_t size)
{
	struct nlattr *attribute = (void *)((char *)m + NLMSG_ALIGN(m->head.nlmsg_len));

	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy(attribute + 1, value, size);
	m->head.nlmsg_len += (uint32_t)NLA_ALIGN(attribute->nla_len);
}

static struct message request(uint16_t family, uint8_t command)
{
	struct message m = { 0 };

	m.head.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m.head.nlmsg_type = family;
	m.head.nlmsg_flags = NLM_F_REQUEST;
	m.generic.cmd = command;
	m.generic.version = 1;
	return m;
}

/* One answer, in the place of the request; negative errno. */
static int ask(int fd, struct message *m)
{
	ssize_t n = send(fd, m, m->head.nlmsg_len, 0);
	int err;

	if (n >= 0)
		n = recv(fd, m, sizeof(*m), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(m->head) + sizeof(err) || m->head.nlmsg_len > (size_t)n)
		return -EBADMSG;
	if (m->head.nlmsg_type != NLMSG_ERROR)
		return 0;
	memcpy(&err, &m->generic, sizeof(err));
	return err;
}

static int find(const struct message *m, uint16_t type, void *value, size_t size)
{
	const char *at = (const char *)m + NLMSG_HDRLEN + GENL_HDRLEN, *end = (const char *)m + m->head.nlmsg_len;
	struct nlattr attribute;

	for (; end - at >= NLA_HDRLEN; at += NLA_ALIGN(attribute.nla_len)) {
		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > end - at)
			break;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type && attribute.nla_len >= NLA_HDRLEN + size) {
			memcpy(value, at + NLA_HDRLEN, size);
			return 0;
		}
	}
	return -ENOENT;
}

static int ask_features(int fd, uint32_t ifindex, uint64_t *features)
{
	struct message m = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	uint16_t family;
	int err;

	put(&m, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
	err = ask(fd, &m);
	if (!err)
		err = find(&m, CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
	if (err)
		return err;
	m = request(family, GET_DEVICE);
	put(&m, DEVICE_IFINDEX, &ifindex, sizeof(ifindex));
	err = ask(fd, &m);
	return err ? err : find(&m, DEVICE_XDP_FEATURES, features, sizeof(*features));
}

int netdev_xdp_features(uint32_t ifindex, uint64_t *features)
{
	int err, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (fd < 0)
		return -errno;
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
