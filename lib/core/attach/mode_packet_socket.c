/* SPDX-License-Identifier: BSD-2-Clause OR LGPL-2.1-or-later */
/* A packet socket whose filter is the program. The filter drops every packet, so the socket's queue stays empty. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attach.h"
#include "trampoline.h"

static int set_filter(int fd, int program_fd)
{
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program_fd, sizeof(program_fd)) ? -errno : 0;
}

/* With protocol 0 the socket receives nothing until bind: no packet of another interface comes in. */
static int open_filtered(int trampoline_fd)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = set_filter(fd, trampoline_fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* The socket holds the trampoline open; the link holds the map that it jumps through. */
static int open_jumping(struct link *link)
{
	int fd, trampoline = trampoline_new(link->program_fd, &link->slot_fd);

	if (trampoline < 0)
		return trampoline;
	fd = open_filtered(trampoline);
	close(trampoline);
	if (fd < 0) {
		close(link->slot_fd);
		link->slot_fd = -1;
	}
	return fd;
}

/* Index 0 means all interfaces. An interface that is down is accepted: packets come once it is up. */
static int bind_to(int fd, uint32_t ifindex)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)ifindex };

	return bind(fd, (struct sockaddr *)&to, sizeof(to)) ? -errno : 0;
}

static int attach(struct link *link, const struct attach_request *request, struct text *why)
{
	int fd = open_jumping(link);
	int err = fd < 0 ? fd : bind_to(fd, link->interface.ifindex);

	(void)request;
	if (!err) {
		link->fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	if (err == -ENOMEM)
		text_put(why, "no memory, or the program is larger than the sysctl net.core.optmem_max");
	else
		text_put(why, err == -ENODEV ? "the interface is gone" : strerror(-err));
	return err;
}

/* The kernel unbinds the socket when the interface is removed, and does not rebind it to a new one of that name. */
static bool is_bound(const struct link *link)
{
	struct sockaddr_ll to;
	socklen_t size = sizeof(to);

	return getsockname(link->fd, (struct sockaddr *)&to, &size) || to.sll_ifindex == (int)link->interface.ifindex;
}

static bool holds(const struct link *link, uint32_t program_id)
{
	(void)program_id; /* the socket is the link's own */
	return is_bound(link);
}

/* Each packet runs through exactly one of the two programs. */
static int replace(struct link *link, int program_fd, struct text *why)
{
	int err = is_bound(link) ? trampoline_switch(link->slot_fd, program_fd) : -ENOLINK;

	if (err)
		text_put(why, err == -ENOLINK ? "the interface is gone" : strerror(-err));
	return err;
}

const struct mode mode_packet_socket = { .mode = EBPFI_MODE_PACKET_SOCKET,
					 .name = "packet socket",
					 .no_pin = "a socket ends with its process",
					 .attach = attach,
					 .replace = replace,
					 .holds = holds };
