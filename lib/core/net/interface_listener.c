/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
#include "interface_listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MESSAGES_MAX = 32768,
	PER_POLL = 64,    /* datagrams */
	QUEUE_MAX = 1024, /* more than a socket's receive buffer holds (net.core.rmem_default) */
};

int interface_listener_open(struct interface_listener *l, struct ebpfi *s, const struct netns *netns)
{
	int err, fd = netns_listen(netns, RTMGRP_LINK);

	l->session = s;
	l->source.fd = fd;
	err = fd < 0 ? fd : poll_source_add(s, &l->source);
	if (!err)
		return 0;
	if (fd >= 0)
		close(fd);
	l->source.fd = -1;
	return ebpfi_fail(s, err, "cannot watch for interfaces: %s", strerror(-err));
}

void interface_listener_close(struct interface_listener *l)
{
	if (l->source.fd < 0)
		return;
	poll_source_remove(l->session, &l->source);
	close(l->source.fd);
	l->source.fd = -1;
}

static void read_messages(struct interface_listener *l, const char *at, size_t left)
{
	const struct nlmsghdr *message;
	struct interface interface;

	while ((message = netlink_next(&at, &left)))
		if (interface_read(message, &interface))
			l->changed(l, &interface, message->nlmsg_type == RTM_DELLINK);
}

/* The queued messages are older than the listing that replaces the lost ones. */
static void discard(const struct interface_listener *l)
{
	char byte;
	int i;

	for (i = 0; i < QUEUE_MAX; i++)
		if (recv(l->source.fd, &byte, 1, MSG_DONTWAIT) < 0 && errno != ENOBUFS && errno != EINTR)
			return;
}

void interface_listener_receive(struct interface_listener *l)
{
	char buf[MESSAGES_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n;
	int i;

	for (i = 0; i < PER_POLL; i++) {
		n = netlink_receive(l->source.fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == -ENOBUFS || n == -EMSGSIZE) {
			discard(l);
			l->missed(l);
		} else if (n < 0) {
			return;
		} else {
			read_messages(l, buf, (size_t)n);
		}
	}
}

void interface_listener_wake(const struct interface_listener *l)
{
	struct ifinfomsg loopback = { .ifi_family = AF_UNSPEC, .ifi_index = 1 };
	struct netlink_request r;

	netlink_begin(&r, RTM_GETLINK, 0, &loopback, sizeof(loopback));
	netlink_send(l->source.fd, &r);
}
